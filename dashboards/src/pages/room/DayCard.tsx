/** The state lane of today. */
import type { CallFailed } from '../../api/http'
import { useIncidentsOf, useMaintenance, useMetrics, useSeries } from '../../api/queries'
import type { Device, Incident, Lesson, Maintenance, Room } from '../../api/types'
import { hoursOf, laneOf } from '../../campus/lane'
import { clock } from '../../live/clock'
import { useIncidents, useTenSeconds } from '../../live/hooks'
import { gapsOf } from '../../metrics/gaps'
import { tellingMetrics } from '../../metrics/telling'
import { columnsOf } from '../../parts/columns'
import { StateLane } from '../../parts/StateLane'
import { midnightAfter } from '../../words/time'
import css from './DayCard.module.css'

const DAY = 86_400_000
const POINTS = 288
const STEP_S = 300

interface Props {
  room: Room
  devices: readonly Device[]
  lessons: readonly Lesson[]
  zone: string | undefined
}

/** Incidents of a room since an instant: what was fetched, overtaken by what the stream said since. */
export function useIncidentsSince(
  room: string,
  from: number,
): { incidents: Incident[]; failed: CallFailed | null } {
  const live = useIncidents()
  const { data: fetched = [], error } = useIncidentsOf({ room, from })
  const all = new Map(fetched.map((incident) => [incident.id, incident]))
  for (const incident of live) if (incident.room === room) all.set(incident.id, incident)
  const incidents = [...all.values()].filter(
    (incident) => incident.cleared_at === null || Date.parse(incident.cleared_at) >= from,
  )
  return { incidents, failed: error }
}

/** The times in which all of the room is worked on; work on one device or rule leaves the room as it is. */
function worksOf(windows: readonly Maintenance[]): readonly { start: string; end: string }[] {
  return windows
    .filter((window) => window.device === null && window.rule === null)
    .flatMap((window) => window.spans)
}

export function DayCard({ room, devices, lessons, zone }: Props) {
  const now = useTenSeconds()
  const midnight = midnightAfter(now, zone) - DAY
  const { incidents } = useIncidentsSince(room.id, midnight)
  const watched =
    devices.find((device) => device.role === 'recorder-pc' || device.role === 'recorder') ?? devices[0]
  const told = tellingMetrics(watched?.role ?? 'other', useMetrics(watched?.id, 60_000).data ?? [], [], 1)[0]
  const { data } = useSeries(
    watched &&
      told && {
        device: watched.id,
        metric: told.metric,
        instance: told.instance,
        span: { from: midnight / 1000, to: Math.ceil(now / 60_000) * 60 },
        points: POINTS,
      },
    () => clock.now(),
  )
  const line = data && columnsOf(data, STEP_S * 2.5)
  const first = line?.at[line.mean.findIndex((value) => value !== null)]
  const stretches = laneOf({
    start: midnight,
    end: midnight + DAY,
    now,
    seenFrom: first === undefined ? null : first * 1000,
    gaps: line ? gapsOf(line.at, line.mean, now / 1000, STEP_S * 2.5) : [],
    incidents,
    works: worksOf(useMaintenance(room.id, midnight, midnight + DAY).data ?? []),
  })
  const hours = hoursOf(midnight, lessons, now)
  const shown = stretches.filter((stretch) => stretch.to > midnight + hours.from * 3_600_000)
  return (
    <section className={css.card}>
      <StateLane
        midnight={midnight}
        hours={hours}
        now={now}
        zone={zone}
        lessons={lessons}
        stretches={shown.map((stretch) => ({
          ...stretch,
          from: Math.max(stretch.from, midnight + hours.from * 3_600_000),
        }))}
      />
    </section>
  )
}
