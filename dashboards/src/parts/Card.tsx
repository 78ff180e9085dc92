/** A surface with a hairline. */
import type { ReactNode } from 'react'
import css from './Card.module.css'

interface Props {
  title?: ReactNode
  /** Small print at the right of the title. */
  note?: ReactNode
  level?: number | null
  className?: string
  /** The body goes to the edges. */
  flush?: boolean
  children: ReactNode
}

export function Card({ title, note, level, className, flush = false, children }: Props) {
  return (
    <section
      className={[
        css.card,
        level === 1 || level === 2 ? css[`level${level}`] : '',
        flush ? css.flush : '',
        className,
      ]
        .filter(Boolean)
        .join(' ')}
    >
      {title !== undefined && (
        <header className={css.head}>
          <h2>{title}</h2>
          {note !== undefined && <span>{note}</span>}
        </header>
      )}
      {children}
    </section>
  )
}
