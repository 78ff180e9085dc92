/** How many rooms fit on a wall, and which sites a wall that cannot hold all of them shows. */
import type { Site } from '../api/types'
import { tokens } from '../theme/tokens'

export type Size = 'large' | 'medium' | 'small'

/** Tiles a row: what fits beside the site column and the rail. */
export const PER_ROW: Record<Size, number> = { large: 16, medium: 20, small: 26 }

/** Between sites, px: as in the pictures, and less before the next smaller tile is taken. */
const SITE_GAP = 13
const LEAST_GAP = 6
/** A site's label needs this height, so a site is never lower. */
const SITE_LEAST = 58
/** A label that says a cause has three lines. */
export const ALARM_LEAST = 102

/** Room between header and strip on a 1080 px wall. */
export const WALL_HEIGHT = 912

export interface Sized {
  site: Pick<Site, 'id' | 'level'>
  rooms: number
  /** Height that its label needs, px. */
  least?: number
}

function siteHeight(size: Size, { rooms, least = SITE_LEAST }: Sized): number {
  const { h, gap } = tokens.tile[size]
  const rows = Math.ceil(rooms / PER_ROW[size])
  return Math.max(least, rows * (h + gap) - gap)
}

/** The least height that sites take, px. */
export function heightOf(size: Size, sites: readonly Sized[]): number {
  const own = sites.reduce((sum, site) => sum + siteHeight(size, site), 0)
  return own + Math.max(0, sites.length - 1) * LEAST_GAP
}

/** The largest tile with which all sites fit; small when none does. */
export function sizeFor(sites: readonly Sized[], height: number = WALL_HEIGHT): Size {
  for (const size of ['large', 'medium'] as const) if (heightOf(size, sites) <= height) return size
  return 'small'
}

/** The space between sites that share a height, px. */
export function gapFor(size: Size, sites: readonly Sized[], height: number = WALL_HEIGHT): number {
  if (sites.length < 2) return SITE_GAP
  const free = height - heightOf(size, sites)
  return Math.min(SITE_GAP, Math.max(LEAST_GAP, LEAST_GAP + Math.floor(free / (sites.length - 1))))
}

/**
 * The sites on show, in campus order. When they do not all fit, sites with level 1 or 2 stay and the others take
 * turns; `turn` counts the turns.
 */
export function onShow<T extends Sized>(
  sites: readonly T[],
  turn: number,
  height: number = WALL_HEIGHT,
): T[] {
  const size = sizeFor(sites, height)
  if (heightOf(size, sites) <= height) return [...sites]
  const kept = new Set(sites.filter((entry) => entry.site.level === 1 || entry.site.level === 2))
  const left = height - (kept.size > 0 ? heightOf(size, [...kept]) + LEAST_GAP : 0)
  const others = sites.filter((other) => !kept.has(other))
  for (const entry of groupOf(others, turn, left, size)) kept.add(entry)
  return sites.filter((entry) => kept.has(entry))
}

/** Cuts the sites that take turns into groups that fit, and gives the one whose turn it is. */
function groupOf<T extends Sized>(sites: readonly T[], turn: number, height: number, size: Size): T[] {
  const groups: T[][] = [[]]
  for (const entry of sites) {
    const last = groups.at(-1)
    if (last && (last.length === 0 || heightOf(size, [...last, entry]) <= height)) last.push(entry)
    else groups.push([entry])
  }
  return groups[turn % groups.length] ?? []
}
