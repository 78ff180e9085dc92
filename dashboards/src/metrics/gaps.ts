/** Stretches in which no reading came, so that a chart can hatch them. Times in seconds. */

export interface Gap {
  from: number
  to: number
}

/**
 * Gaps of a line that ends at `end`. A stretch counts when it is longer than `patience` seconds, about three steps of
 * the line. Before the first reading there is none: the device may not have been known.
 */
export function gapsOf(
  at: readonly number[],
  values: readonly (number | null)[],
  end: number,
  patience: number,
): Gap[] {
  const gaps: Gap[] = []
  let last: number | null = null
  for (const [index, time] of at.entries()) {
    const value = values[index]
    if (value === null || value === undefined) continue
    if (last !== null && time - last > patience) gaps.push({ from: last, to: time })
    last = time
  }
  if (last !== null && end - last > patience) gaps.push({ from: last, to: end })
  return gaps
}
