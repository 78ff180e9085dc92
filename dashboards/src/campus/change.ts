/**
 * Changes worth a line on the wall's strip, told from what was known before and what is known now.
 *
 * A change keeps what it needs to be said in any language later; nothing here makes sentences.
 */
import type { Incident, Room, Ticket, Words } from '../api/types'
import { faceOf } from './tile'

export type ChangeKind =
  | 'opened'
  | 'relevel'
  | 'restored'
  | 'acknowledged'
  | 'on_site'
  | 'ticketRestored'
  | 'resolved'
  | 'closed'
  | 'unseen'
  | 'seen'

export interface Change {
  key: string
  at: number
  kind: ChangeKind
  site: string
  room: string | null
  /** What it happened to, where that was one device. */
  device?: string
  level: number | null
  words: Record<string, Words>
  spanMs?: number
  who?: string
  count?: number
}

const KEPT = 20

/** The lines that one incident has made by now: that it began, and that it is over. */
export function changesOfIncident(incident: Incident): Change[] {
  if (incident.cause !== null) return []
  const { site, room, device, level, words } = incident
  const base = { site, room, device, level, words }
  const detected = Date.parse(incident.detected_at)
  const lines: Change[] = [{ ...base, key: `incident:${incident.id}:opened`, at: detected, kind: 'opened' }]
  if (incident.cleared_at !== null) {
    const cleared = Date.parse(incident.cleared_at)
    const spanMs = cleared - Date.parse(incident.onset_at)
    lines.push({
      ...base,
      key: `incident:${incident.id}:${incident.cleared_at}`,
      at: cleared,
      kind: 'restored',
      spanMs,
    })
  }
  return lines
}

/** The line for an open incident that moved to another level, or null. */
export function relevelOf(before: Incident | undefined, now: Incident, at: number): Change | null {
  if (before === undefined || now.cause !== null || now.state !== 'open' || before.level === now.level)
    return null
  const { site, room, level, words } = now
  return { key: `incident:${now.id}:level:${level}:${at}`, at, kind: 'relevel', site, room, level, words }
}

const STEPS: Partial<Record<Ticket['state'], ChangeKind>> = {
  acknowledged: 'acknowledged',
  on_site: 'on_site',
  restored: 'ticketRestored',
  resolved: 'resolved',
  closed: 'closed',
}

/** The line for a ticket that a person moved on, or null. What telemetry restores has its incident's line. */
export function stepOf(before: Ticket | undefined, now: Ticket): Change | null {
  if (before === undefined || before.state === now.state) return null
  const kind = STEPS[now.state]
  if (kind === undefined || (kind === 'ticketRestored' && now.incidents.length > 0)) return null
  return {
    key: `ticket:${now.id}:${now.version}`,
    at: Date.parse(now.updated_at),
    kind,
    site: now.site,
    room: now.room,
    level: now.level,
    words: now.words,
    who: now.assignee ?? '',
  }
}

/** One line a site for the rooms that went out of sight together, and one for those that came back. */
export function sightOf(
  before: (id: string) => Room | undefined,
  rooms: readonly Room[],
  at: number,
): Change[] {
  const sites = new Map<string, { unseen: Room[]; seen: Room[] }>()
  for (const room of rooms) {
    const old = before(room.id)
    if (old === undefined) continue
    const [was, is] = [faceOf(old) === 'unknown', faceOf(room) === 'unknown']
    if (was === is) continue
    const group = sites.get(room.site) ?? { unseen: [], seen: [] }
    ;(is ? group.unseen : group.seen).push(room)
    sites.set(room.site, group)
  }
  const lines: Change[] = []
  for (const [site, group] of sites)
    for (const kind of ['unseen', 'seen'] as const) {
      const list = group[kind]
      if (list.length === 0) continue
      const room = list.length === 1 ? (list[0]?.id ?? null) : null
      lines.push({
        key: `${kind}:${site}:${at}`,
        at,
        kind,
        site,
        room,
        level: null,
        words: {},
        count: list.length,
      })
    }
  return lines
}

/** Newest first, each line once, no more than are kept. */
export function merged(known: readonly Change[], fresh: readonly Change[]): Change[] {
  const byKey = new Map([...known, ...fresh].map((change) => [change.key, change]))
  return [...byKey.values()].sort((a, b) => b.at - a.at).slice(0, KEPT)
}
