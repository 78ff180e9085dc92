/** The API's buckets as the columns of a chart. */
import type { Buckets } from '../api/types'
import type { Line } from './Chart'

/** Times in seconds; readings one by one where they were asked for, else the mean with its spread. */
export function columnsOf(buckets: Buckets): Line {
  const at = buckets.at.map((one) => Date.parse(one) / 1000)
  if (buckets.value !== null) return { at, mean: buckets.value }
  const spread = buckets.n.some((n) => n > 1)
  return spread ? { at, mean: buckets.mean, min: buckets.min, max: buckets.max } : { at, mean: buckets.mean }
}

export interface Extremes {
  low: number
  high: number
  /** The newest reading, null where there is none. */
  last: number | null
}

export function extremes(line: Line): Extremes {
  let [low, high] = [Infinity, -Infinity]
  let last: number | null = null
  for (const [index, value] of line.mean.entries()) {
    if (value === null) continue
    low = Math.min(low, line.min?.[index] ?? value)
    high = Math.max(high, line.max?.[index] ?? value)
    last = value
  }
  return { low, high, last }
}
