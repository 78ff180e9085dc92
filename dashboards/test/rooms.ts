/** Rooms and incidents for tests. */
import type { Incident, Room } from '../src/api/types'

export function roomOf(more: Partial<Room> = {}): Room {
  return {
    id: 'east/a101',
    site: 'east',
    site_name: 'East campus',
    name: 'A101',
    in_campus: true,
    state: 'ok',
    level: null,
    counts: { ok: 6, degraded: 0, failed: 0, unknown: 0, off: 0 },
    worst: null,
    pending: false,
    recorder_state: 'ok',
    context: 'open',
    has_timetable: true,
    lesson: { now: null, next: null },
    recording: { active: false, since: null },
    maintenance: null,
    ...more,
  }
}

export function incidentOf(more: Partial<Incident> = {}): Incident {
  return {
    id: 'i1',
    ticket: 1,
    state: 'open',
    site: 'east',
    room: 'east/a101',
    device: 'east:a101',
    metric: '',
    instance: '',
    family: 'silence',
    rule: 'agent-silent',
    level: 1,
    value: null,
    attribution: 'equipment',
    cause: null,
    onset_at: '2026-11-23T10:00:00Z',
    detected_at: '2026-11-23T10:00:30Z',
    cleared_at: null,
    flapping: false,
    late: false,
    maintenance: false,
    corrections: [],
    words: { en: { title: 'Host is silent', symptom: '', causes: [], advice: '' } },
    ...more,
  }
}

export const lesson = (recorded: boolean) => ({
  now: { title: 'Circuits', start: '2026-11-23T10:00:00Z', end: '2026-11-23T11:00:00Z', recorded },
  next: null,
})
