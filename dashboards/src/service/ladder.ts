/** Rungs of the escalation ladder in words. */
import type { TFunction } from 'i18next'
import type { Ticket } from '../api/types'

export type Rung = Ticket['escalation'][number]

const KNOWN = ['on-call engineer', 'project lead', 'senior engineer', 'responsible manager'] as const

/** Who is told; roles of the default agreement have words, others are as their agreement writes them. */
export function roleWords(role: string, t: TFunction): string {
  const known = KNOWN.find((each) => each === role)
  return known === undefined ? role : t(`ladder.role.${known}`)
}

/** What runs out: the first call, or a share of a promise's time; without a step, a complaint that stands. */
export function promiseWords(step: string | null, share: number, t: TFunction): string {
  if (step === null) return t('ladder.complaint')
  if (share === 0) return t('ladder.first')
  return t('ladder.share', {
    step: t(`clock.${step as 'respond'}`),
    percent: Math.round(share * 100),
  })
}

/** The rungs worth showing: those that were reached, are held, or are still to come. */
export function rungsShown(rungs: readonly Rung[]): Rung[] {
  return rungs.filter((rung) => rung.state !== 'waived')
}
