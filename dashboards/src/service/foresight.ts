/** What foresight says of a device, in sentences. */
import type { TFunction } from 'i18next'
import type { Foresight } from '../api/types'
import { dayOf, span } from '../words/time'

type Failing = Foresight['failing'][number]
type Wearing = Foresight['wearing'][number]
type Undated = Foresight['undated'][number]

const KINDS = ['lamp', 'filter', 'disk', 'volume', 'battery'] as const

/** A share in percent; what is all but certain is not said to be certain. */
export const percent = (share: number): string => (share > 0.99 ? '> 99 %' : `${Math.round(share * 100)} %`)

/** Rates a year mean something to people where so much of it was seen; before that, counts and the time are said. */
const LEAST_YEARS = 0.25
const YEAR_MS = 365.25 * 86_400_000

const rate = (value: number): string => (value < 10 ? value.toFixed(1) : value.toFixed(0))

/** How often it failed, beside the others of its model; where there are none, beside those of its site. */
export function failingWords(unit: Failing, t: TFunction): string {
  const peers = unit.model_peers ?? unit.site_peers
  const whose = unit.model_peers === null ? 'site' : 'model'
  if (unit.years < LEAST_YEARS) {
    const brief = t('foresight.failedIn', { number: unit.failures, span: span(unit.years * YEAR_MS, t) })
    if (peers === null) return brief
    const { units, failures } = peers
    return `${brief}${t('foresight.join')}${t(`foresight.others.${whose}In`, { number: units, failures })}`
  }
  const said = t('foresight.failed', {
    number: unit.failures,
    rate: rate(unit.rate),
    low: rate(unit.rate_low),
    high: rate(unit.rate_high),
  })
  if (peers === null) return said
  const others = t(`foresight.others.${whose}`, {
    number: peers.units,
    rate: rate(peers.rate),
  })
  return `${said}${t('foresight.join')}${others}`
}

const kindWord = (given: string, t: TFunction): string => {
  const kind = KINDS.find((one) => one === given)
  return kind === undefined ? given : t(`foresight.kind.${kind}`)
}

/** When it is worn out, and between which days. */
export function wearingWords(part: Wearing, now: number, t: TFunction): string {
  const what = [kindWord(part.kind, t), part.instance].filter(Boolean)
  const due = Date.parse(part.due_at)
  const words = { what: what.join(' '), due: dayOf(due), from: dayOf(Date.parse(part.earliest_at)) }
  if (due <= now) return t('foresight.worn', words)
  if (part.latest_at === null) return t('foresight.dueOpen', words)
  return t('foresight.due', { ...words, to: dayOf(Date.parse(part.latest_at)) })
}

/** Of how many parts of which kinds too little is known to say when. */
export function undatedWords(parts: readonly Undated[], t: TFunction): string {
  const counts = new Map<string, number>()
  for (const { kind } of parts) counts.set(kind, (counts.get(kind) ?? 0) + 1)
  const kinds = [...counts].map(([kind, count]) => `${kindWord(kind, t)} ${count}`)
  return t('foresight.undated', { kinds: kinds.join(t('wall.dot')) })
}
