/** Labels and what they stand for, one a row. */
import type { ReactNode } from 'react'
import css from './Facts.module.css'

export type Fact = [label: string, value: ReactNode] | null | false

export function Facts({ facts }: { facts: readonly Fact[] }) {
  return (
    <dl className={css.facts}>
      {facts
        .filter(
          (fact): fact is [string, ReactNode] => Array.isArray(fact) && fact[1] !== null && fact[1] !== '',
        )
        .map(([label, value]) => (
          <div key={label}>
            <dt>{label}</dt>
            <dd>{value}</dd>
          </div>
        ))}
    </dl>
  )
}
