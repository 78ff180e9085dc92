/** The value axis of a chart: two equal steps of a round size, with what matters in range. */

const ROUND = [1, 2, 2.5, 5, 10]
/** Four is round only when it is counted from zero. */
const ROUND_FROM_ZERO = [1, 2, 2.5, 4, 5, 10]

export interface Range {
  min: number
  max: number
  /** Three ticks; as many as there are words for a metric whose numbers stand for words. */
  ticks: number[]
}

/** The smallest round step that is not under `least`. */
function roundStep(least: number, round: readonly number[]): number {
  const power = 10 ** Math.floor(Math.log10(least))
  for (const factor of round) if (factor * power >= least * 0.999999) return factor * power
  return 10 * power
}

/**
 * The range for values from `low` to `high` in the units that people read. Values that come near zero stand on it or
 * hang from it; nothing goes beyond `cap`, such as 100 %, that the values keep to.
 */
export function rangeFor(low: number, high: number, cap = Infinity): Range {
  if (!Number.isFinite(low) || !Number.isFinite(high)) return { min: 0, max: 1, ticks: [0, 0.5, 1] }
  const stands = low >= 0 && (low < 0.6 * high || high === 0)
  const hangs = high <= 0 && low < 0 && high > 0.6 * low
  const from = stands ? 0 : low
  const to = hangs ? 0 : high
  const round = stands || hangs ? ROUND_FROM_ZERO : ROUND
  let step = roundStep(Math.max((to - from) / 2, Math.abs(to) * 0.02, Math.abs(from) * 0.02, 1e-6), round)
  for (let tries = 0; tries < 8; tries += 1) {
    let min = hangs ? -2 * step : Math.floor(from / step + 1e-9) * step
    if (to <= cap && min + 2 * step > cap) min = cap - 2 * step
    if (min <= from + 1e-9 && min + 2 * step >= to - 1e-9 && (low < 0 || min >= 0))
      return { min, max: min + 2 * step, ticks: [min, min + step, min + 2 * step] }
    step = roundStep(step * 1.01, round)
  }
  return { min: from, max: to, ticks: [from, (from + to) / 2, to] }
}

/** Amounts by time and shares of time begin at zero, so that half as much looks like half as much. */
const FROM_ZERO = /\/s$/

/** The range for raw values of a unit, round in the unit that people read, which is `per` raw ones. */
export function rangeIn(low: number, high: number, per: number, unit = ''): Range {
  const from = FROM_ZERO.test(unit) ? Math.min(0, low) : low
  const { min, max, ticks } = rangeFor(from / per, high / per, unit === '1' ? 1 / per : undefined)
  return { min: min * per, max: max * per, ticks: ticks.map((tick) => tick * per) }
}
