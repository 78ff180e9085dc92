/** The API's buckets as the columns of a chart. */
import type { Buckets } from '../api/types'
import type { Line } from './Chart'

/**
 * Times in seconds, and the mean with its spread. Places without a reading are left out, so that readings rarer than
 * places still make a line; one empty place stands where none came for longer than `patience` seconds.
 */
export function columnsOf(buckets: Buckets, patience: number): Line {
  const spread = buckets.n.some((n) => n > 1)
  const line = {
    at: [] as number[],
    mean: [] as (number | null)[],
    min: [] as (number | null)[],
    max: [] as (number | null)[],
  }
  const put = (at: number, mean: number | null, min: number | null, max: number | null): void => {
    line.at.push(at)
    line.mean.push(mean)
    line.min.push(min)
    line.max.push(max)
  }
  for (const [index, text] of buckets.at.entries()) {
    const mean = buckets.value?.[index] ?? buckets.mean[index] ?? null
    if (mean === null) continue
    const at = Date.parse(text) / 1000
    const last = line.at.at(-1)
    if (last !== undefined && at - last > patience) put((last + at) / 2, null, null, null)
    put(at, mean, buckets.min[index] ?? null, buckets.max[index] ?? null)
  }
  return spread ? line : { at: line.at, mean: line.mean }
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
