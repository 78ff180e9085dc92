/** Whose time a campus keeps. */
import type { Site } from '../api/types'

/** The zone that most sites of the campus file have, the first of equals; undefined where no site is in one. */
export function commonZone(sites: readonly Pick<Site, 'time_zone' | 'in_campus'>[]): string | undefined {
  const counts = new Map<string, number>()
  for (const site of sites)
    if (site.in_campus) counts.set(site.time_zone, (counts.get(site.time_zone) ?? 0) + 1)
  let best: string | undefined
  for (const [zone, count] of counts) if (best === undefined || count > (counts.get(best) ?? 0)) best = zone
  return best
}
