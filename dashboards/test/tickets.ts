/** Tickets for tests: a fast track of 30 min, 2 h, 8 h, opened at 10:00. */
import type { Clock, Ticket } from '../src/api/types'

export const OPENED = Date.parse('2026-11-23T10:00:00Z')
export const MIN = 60_000
export const HOUR = 60 * MIN
export const iso = (ms: number): string => new Date(ms).toISOString()

const FAST = { respond: 30 * MIN, arrive: 2 * HOUR, solve: 8 * HOUR }
type FastStep = keyof typeof FAST

interface Spec extends Partial<Omit<Ticket, 'clocks'>> {
  /** Step to how long after opening it was met. */
  met?: Partial<Record<FastStep, number>>
  clock?: Partial<Record<FastStep, Clock['state']>>
}

export function ticketOf(spec: Spec = {}): Ticket {
  const { met = {}, clock = {}, ...more } = spec
  return {
    id: 1,
    level: 1,
    state: 'open',
    source: 'telemetry',
    title: 'Host is silent',
    symptom: '',
    cause: '',
    remedy: '',
    site: 'east',
    site_name: 'East campus',
    room: 'east/a101',
    room_name: 'A101',
    device: 'east:a101',
    device_name: 'a101',
    device_role: 'recorder-pc',
    incidents: [],
    onset_at: null,
    detected_at: null,
    opened_at: iso(OPENED),
    updated_at: iso(OPENED),
    promised_at: null,
    expected_at: null,
    paused_at: null,
    restored_at: null,
    flapping: false,
    late: false,
    drill: false,
    storm: null,
    complained_at: null,
    calls_at: null,
    called_at: null,
    escalation: [],
    assignee: null,
    coverage: 'warranty',
    agreement: 'default',
    words: {},
    actions: [],
    version: 1,
    ...more,
    clocks: (Object.keys(FAST) as FastStep[]).map((step) => ({
      step,
      due_at: iso(OPENED + FAST[step]),
      met_at: met[step] === undefined ? null : iso(OPENED + met[step]),
      state: clock[step] ?? (met[step] === undefined ? 'running' : 'met'),
    })),
  }
}
