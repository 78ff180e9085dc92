/** What readings that came late say, in place of what was thought before. */
import type { TFunction } from 'i18next'
import type { Correction } from '../api/types'

/** What was corrected: times, ms; null where that was right. */
export interface Corrected {
  onset: { now: number; before: number } | null
  cleared: { now: number; before: number } | null
  isNetwork: boolean
  readings: number
}

/** The words of a correction; `say` tells a time as its place does. */
export function correctionWords(corrected: Corrected, say: (at: number) => string, t: TFunction): string {
  const { onset, cleared, isNetwork, readings } = corrected
  const said = [
    onset && t('ticket.log.correction.onset_at', { time: say(onset.now), before: say(onset.before) }),
    cleared && t('ticket.log.correction.cleared_at', { time: say(cleared.now), before: say(cleared.before) }),
    isNetwork && t('ticket.log.correction.network'),
    t('ticket.log.correction.readings', { number: readings }),
  ]
  return said.filter(Boolean).join(t('wall.dot'))
}

interface Kept {
  onset_at: string
  cleared_at: string | null
  corrections: readonly Correction[]
}

/** The corrections of an incident, each with when it was known, the first first. */
export function correctionsOf(incident: Kept): { at: number; corrected: Corrected }[] {
  const { corrections } = incident
  return corrections.map((one, index) => {
    const later = corrections.slice(index + 1)
    const next = (name: 'onset_at' | 'cleared_at'): string | null =>
      later.find((other) => other[`${name}_before`] !== null)?.[`${name}_before`] ?? incident[name]
    const change = (name: 'onset_at' | 'cleared_at'): Corrected['onset'] => {
      const [before, now] = [one[`${name}_before`], next(name)]
      return before === null || now === null ? null : { now: Date.parse(now), before: Date.parse(before) }
    }
    return {
      at: Date.parse(one.at),
      corrected: {
        onset: change('onset_at'),
        cleared: change('cleared_at'),
        isNetwork: one.attribution_before !== null,
        readings: one.readings,
      },
    }
  })
}
