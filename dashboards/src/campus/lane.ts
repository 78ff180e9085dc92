/**
 * The day of a room as a lane of states.
 *
 * Comes in: the day, its incidents, and where readings came. Goes out: stretches from the mildest to the worst, so
 * that drawn in order the worst lies on top.
 */
import type { Incident } from '../api/types'
import type { Gap } from '../metrics/gaps'

export type LaneKind = 'maintenance' | 'ok' | 'off' | 'l3' | 'unknown' | 'l2' | 'l1'

export interface Stretch {
  kind: LaneKind
  /** ms */
  from: number
  to: number
  incident?: Incident
}

interface Day {
  start: number
  end: number
  now: number
  /** When the first reading of the day came, ms; null: none did. */
  seenFrom: number | null
  /** Stretches without readings, s. */
  gaps: readonly Gap[]
  incidents: readonly Incident[]
  /** Times of planned work on the room. */
  works: readonly { start: string; end: string }[]
}

const ORDER: readonly LaneKind[] = ['ok', 'off', 'l3', 'unknown', 'l2', 'l1', 'maintenance']

function kindOf(incident: Incident): LaneKind | null {
  if (incident.cause !== null) return 'unknown'
  return incident.level <= 3 ? (`l${incident.level}` as LaneKind) : null
}

/** The stretches of a day up to now; what lies ahead is empty. */
export function laneOf(day: Day): Stretch[] {
  const until = Math.min(day.now, day.end)
  const cut = (from: number, to: number): { from: number; to: number } => ({
    from: Math.max(day.start, from),
    to: Math.min(until, to),
  })
  const out: Stretch[] = []
  if (day.seenFrom !== null) {
    const seen = Math.max(day.start, day.seenFrom)
    if (seen > day.start) out.push({ kind: 'off', ...cut(day.start, seen) })
    let at = seen
    for (const gap of day.gaps) {
      out.push(
        { kind: 'ok', ...cut(at, gap.from * 1000) },
        { kind: 'off', ...cut(gap.from * 1000, gap.to * 1000) },
      )
      at = gap.to * 1000
    }
    out.push({ kind: 'ok', ...cut(at, until) })
  } else out.push({ kind: 'off', ...cut(day.start, until) })
  for (const work of day.works)
    out.push({ kind: 'maintenance', ...cut(Date.parse(work.start), Date.parse(work.end)) })
  for (const incident of day.incidents) {
    if (incident.maintenance) continue
    const kind = kindOf(incident)
    if (kind === null) continue
    const end = incident.cleared_at === null ? until : Date.parse(incident.cleared_at)
    out.push({ kind, ...cut(Date.parse(incident.onset_at), end), incident })
  }
  return out
    .filter((stretch) => stretch.to > stretch.from)
    .sort((a, b) => ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind) || a.from - b.from)
}

/** Whole hours that hold all lessons and now, or the whole day where there are none. `midnight` in ms. */
export function hoursOf(
  midnight: number,
  lessons: readonly { start: string; end: string }[],
  now: number,
): { from: number; to: number } {
  const HOUR = 3_600_000
  const today = lessons.filter((lesson) => Date.parse(lesson.start) < midnight + 24 * HOUR)
  if (today.length === 0) return { from: 0, to: 24 }
  const hour = (at: number): number => (at - midnight) / HOUR
  const first = Math.min(...today.map((lesson) => hour(Date.parse(lesson.start))), hour(now))
  const last = Math.max(...today.map((lesson) => hour(Date.parse(lesson.end))), hour(now))
  return {
    from: Math.max(0, Math.min(7, Math.floor(first))),
    to: Math.min(24, Math.max(22, Math.ceil(last))),
  }
}
