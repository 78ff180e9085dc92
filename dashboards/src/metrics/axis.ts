/** The value axis of one metric: its range, and how its values are said. */
import type { TFunction } from 'i18next'
import { rangeIn, type Range } from './range'
import { inScale, isEnumeration, scaleOf, valueWords } from './value'

export interface Axis {
  range: Range
  say: (value: number) => string
}

/** The axis for values from `low` to `high`. Where numbers stand for words, the words are the ticks. */
export function axisOf(metric: string, unit: string, low: number, high: number, t: TFunction): Axis {
  if (isEnumeration(metric)) {
    const max = Math.max(1, Math.ceil(high))
    const ticks = Array.from({ length: max + 1 }, (_, value) => value)
    const say = (value: number): string => (Number.isInteger(value) ? valueWords(metric, unit, value, t) : '')
    return { range: { min: 0, max, ticks }, say }
  }
  const scale = scaleOf(metric, unit, Math.max(Math.abs(low), Math.abs(high)), t)
  return { range: rangeIn(low, high, scale.per, unit), say: (value) => inScale(value, scale) }
}
