/** What rules watch for on one chart: which limits to draw, what they are called, and when they belong in its range. */
import type { TFunction } from 'i18next'
import type { Limit } from '../api/types'
import type { Threshold } from '../parts/chartDraw'

const SIGNS: Record<string, string> = { above: '>', at_least: '≥', below: '<', at_most: '≤' }
const GAP = '\u2009'

/** The sign of an operator, with the gap behind it. */
export const limitSign = (operator: string): string => `${SIGNS[operator] ?? ''}${GAP}`

/** The limits of one metric, worst first; of several levels at one limit only the worst. */
export function limitsOf(all: readonly Limit[], metric: string, instance: string): Limit[] {
  const worst = new Map<string, Limit>()
  for (const one of all) {
    if (one.metric !== metric || one.instance !== instance || one.level > 3) continue
    const key = `${one.operator} ${one.value}`
    const other = worst.get(key)
    if (other === undefined || one.level < other.level) worst.set(key, one)
  }
  return [...worst.values()].sort((a, b) => a.level - b.level || a.value - b.value)
}

/** A limit in words: "≥ 95 % for 5 min, in lessons". */
export function limitWords(limit: Limit, say: (value: number) => string, t: TFunction): string {
  const what = `${limitSign(limit.operator)}${say(limit.value)}`
  const held = limit.for_s > 0 ? t('room.limitFor', { what, span: spanOf(limit.for_s, t) }) : what
  const contexts = limit.contexts ?? []
  const said =
    contexts.length === 1 && contexts[0] === 'lesson' ? t('room.limitInLessons', { what: held }) : held
  return limit.override ? t('limit.overridden', { what: said }) : said
}

/** A length in its best unit. */
export function spanOf(seconds: number, t: TFunction): string {
  if (seconds < 120) return t('unit.s', { n: seconds })
  return seconds < 7200 ? t('unit.min', { n: seconds / 60 }) : t('unit.h', { n: seconds / 3600 })
}

/**
 * The low and high that a chart must show: the readings, and each limit that matters. A limit matters while a fault of
 * this chart is on it, or where it is so near that the readings still fill a third of the height.
 */
export function withLimits(
  low: number,
  high: number,
  limits: readonly Limit[],
  isTroubled: boolean,
): [number, number] {
  let [from, to] = [low, high]
  const size = Math.max(high - low, 0.25 * Math.max(Math.abs(high), Math.abs(low)))
  for (const { value } of limits) {
    const span = Math.max(high, value) - Math.min(low, value)
    if (isTroubled || span <= 3 * size) [from, to] = [Math.min(from, value), Math.max(to, value)]
  }
  return [from, to]
}

/** The lines to draw in a range: all that lie in it, and beyond each edge the nearest. */
export function linesOf(
  limits: readonly Limit[],
  range: { min: number; max: number },
  say: (value: number) => string,
  t: TFunction,
): Threshold[] {
  const above = limits.filter((one) => one.value > range.max).sort((a, b) => a.value - b.value)
  const below = limits.filter((one) => one.value < range.min).sort((a, b) => b.value - a.value)
  const inside = limits.filter((one) => one.value >= range.min && one.value <= range.max)
  return [...inside, ...above.slice(0, 1), ...below.slice(0, 1)].map((one) => ({
    level: one.level as 1 | 2 | 3,
    value: one.value,
    words: limitWords(one, say, t),
  }))
}
