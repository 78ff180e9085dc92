/**
 * The condition of the whole campus: what a wall says first, and what it counts.
 *
 * Comes in: sites, rooms, open incidents and live tickets. Goes out: the worst cause, the others by kind, the counts.
 */
import type { Device, Incident, Level, Room, Site, Ticket } from '../api/types'
import { levelOf } from '../api/types'
import { faceOf } from './tile'

export interface Cause {
  level: Level
  site: string
  room: string | null
  /** It hides every room of its site that could be seen. */
  siteWide: boolean
  /** Rooms that it puts out of sight, where it carries their traffic. */
  hidden: number
  since: string
  incident: Incident
  ticket: Ticket | null
}

export interface Counts {
  l1: number
  l2: number
  l3: number
  unknown: number
  off: number
  recording: number
  rooms: number
}

export interface Campus {
  sites: readonly Site[]
  rooms: readonly Room[]
  incidents: readonly Incident[]
  tickets: readonly Ticket[]
  device: (id: string) => Pick<Device, 'role'> | undefined
}

/** Roles that carry other devices' traffic: when one of these goes, what it feeds is out of sight. */
const CARRIERS = new Set(['switch', 'gateway', 'access-point', 'site-link'])

/** Open incidents that neither another nor planned work explains, worst first, then the oldest. */
export function causes(campus: Campus): Cause[] {
  const tickets = new Map(campus.tickets.map((ticket) => [ticket.id, ticket]))
  const unseen = new Map<string, Set<string>>()
  const seen = new Set<string>()
  for (const room of campus.rooms) {
    const face = faceOf(room)
    if (face === 'unknown') unseen.set(room.site, (unseen.get(room.site) ?? new Set()).add(room.id))
    else if (face !== 'off' && face !== 'maintenance') seen.add(room.site)
  }
  const caused = new Map<string, Set<string>>()
  for (const { cause, room, state } of campus.incidents)
    if (cause !== null && room !== null && state === 'open')
      caused.set(cause, (caused.get(cause) ?? new Set()).add(room))
  return campus.incidents
    .filter((incident) => incident.state === 'open' && incident.cause === null && !incident.maintenance)
    .map((incident): Cause => {
      const here = unseen.get(incident.site) ?? new Set()
      const carries = incident.level <= 2 && CARRIERS.has(campus.device(incident.device)?.role ?? '')
      const siteWide = carries && here.size >= 2 && !seen.has(incident.site)
      const behind = [...(caused.get(incident.id) ?? [])].filter((room) => here.has(room)).length
      return {
        level: levelOf(incident.level) ?? 4,
        site: incident.site,
        room: incident.room,
        siteWide,
        hidden: siteWide ? here.size : carries ? behind : 0,
        since: incident.onset_at,
        incident,
        ticket: incident.ticket === null ? null : (tickets.get(incident.ticket) ?? null),
      }
    })
    .sort(
      (a, b) =>
        a.level - b.level ||
        Number(b.siteWide) - Number(a.siteWide) ||
        b.hidden - a.hidden ||
        Date.parse(a.since) - Date.parse(b.since),
    )
}

/** The cause that stands before all rooms of a site: it hides them, or several of them; or undefined. */
export function siteCause(all: readonly Cause[], site: string): Cause | undefined {
  return all.find((cause) => cause.site === site && cause.room === null && cause.hidden >= 2)
}

/** Rooms by what their tile shows; a cause in no room that hides some counts as one more. */
export function countsOf(rooms: readonly Room[], all: readonly Cause[]): Counts {
  const counts: Counts = { l1: 0, l2: 0, l3: 0, unknown: 0, off: 0, recording: 0, rooms: rooms.length }
  const shown = new Set<string>()
  for (const room of rooms) {
    const face = faceOf(room)
    if (room.recording.active === true) counts.recording += 1
    if (face === 'l1' || face === 'l2' || face === 'l3' || face === 'unknown' || face === 'off')
      counts[face] += 1
    if (face === 'l1' || face === 'l2' || face === 'l3') shown.add(room.id)
  }
  for (const cause of all) {
    const visible = cause.room !== null && shown.has(cause.room)
    if (cause.hidden > 0 && !visible && cause.level <= 3) counts[`l${cause.level as 1 | 2 | 3}`] += 1
  }
  return counts
}

/** Causes of level 1 and 2 beside the first, counted by what they say; most first. */
export function othersByKind(all: readonly Cause[]): { rule: string; cause: Cause; rooms: number }[] {
  const kinds = new Map<string, { rule: string; cause: Cause; rooms: Set<string> }>()
  for (const cause of all.slice(1)) {
    if (cause.level > 2) continue
    const kind = kinds.get(cause.incident.rule) ?? {
      rule: cause.incident.rule,
      cause,
      rooms: new Set<string>(),
    }
    kind.rooms.add(cause.room ?? cause.incident.device)
    kinds.set(cause.incident.rule, kind)
  }
  return [...kinds.values()]
    .map(({ rule, cause, rooms }) => ({ rule, cause, rooms: rooms.size }))
    .sort((a, b) => b.rooms - a.rooms)
}

/** Nothing is at level 1, 2 or out of sight. */
export function isWell(counts: Counts, all: readonly Cause[]): boolean {
  return counts.l1 + counts.l2 + counts.unknown === 0 && !all.some((cause) => cause.level <= 2)
}
