/** What foresight says of a device, in sentences. */
import type { TFunction } from 'i18next'
import type { Foresight } from '../api/types'
import { dayOf } from '../words/time'

type Failing = Foresight['failing'][number]
type Wearing = Foresight['wearing'][number]

const KINDS = ['lamp', 'filter', 'disk', 'volume', 'battery'] as const

export const percent = (share: number): string => `${Math.round(share * 100)} %`

const rate = (value: number): string => (value < 10 ? value.toFixed(1) : value.toFixed(0))

/** How often it failed, beside the others of its model; where there are none, beside those of its site. */
export function failingWords(unit: Failing, t: TFunction): string {
  const said = t('foresight.failed', {
    number: unit.failures,
    rate: rate(unit.rate),
    low: rate(unit.rate_low),
    high: rate(unit.rate_high),
  })
  const peers = unit.model_peers ?? unit.site_peers
  if (peers === null) return said
  const others = t(unit.model_peers === null ? 'foresight.others.site' : 'foresight.others.model', {
    number: peers.units,
    rate: rate(peers.rate),
  })
  return `${said}${t('foresight.join')}${others}`
}

/** When it is worn out, and between which days. */
export function wearingWords(part: Wearing, now: number, t: TFunction): string {
  const kind = KINDS.find((one) => one === part.kind)
  const what = [kind === undefined ? part.kind : t(`foresight.kind.${kind}`), part.instance].filter(Boolean)
  const due = Date.parse(part.due_at)
  const words = { what: what.join(' '), due: dayOf(due), from: dayOf(Date.parse(part.earliest_at)) }
  if (due <= now) return t('foresight.worn', words)
  if (part.latest_at === null) return t('foresight.dueOpen', words)
  return t('foresight.due', { ...words, to: dayOf(Date.parse(part.latest_at)) })
}
