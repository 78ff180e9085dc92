/** What is fetched rather than streamed; one hook a source. */
import { useQuery, type Query } from '@tanstack/react-query'
import { useEffect } from 'react'
import { changes } from '../live/changes'
import { useLiveTicket, useLoaded } from '../live/hooks'
import { call, type CallFailed } from './http'
import type {
  Buckets,
  Drill,
  Foresight,
  Incident,
  LogEntry,
  Maintenance,
  Me,
  Limit,
  Metric,
  Override,
  Parent,
  RoomDetail,
  Status,
  Ticket,
  Training,
} from './types'

const HISTORY = 20
const MINUTE_MS = 60_000

/** Keeps what is on show while more of the same comes; never what belongs to another thing. */
function kept<T>(same: (key: readonly unknown[]) => boolean) {
  return (previous: T | undefined, query: Query<T, CallFailed> | undefined): T | undefined =>
    query !== undefined && same(query.queryKey) ? previous : undefined
}

/** Fills the list of changes with what happened before this page was opened. */
export function useIncidentHistory(): void {
  const { data } = useQuery({
    queryKey: ['incidents', 'history'],
    queryFn: ({ signal }) =>
      call('get', '/api/v1/incidents', { query: { state: 'all', limit: HISTORY }, signal }),
    staleTime: Infinity,
  })
  useEffect(() => {
    if (data) changes.seed(data.items)
  }, [data])
}

export function useMe() {
  return useQuery<Me, CallFailed>({
    queryKey: ['me'],
    queryFn: ({ signal }) => call('get', '/api/v1/me', { signal }),
    staleTime: Infinity,
  })
}

export function useStatus() {
  return useQuery<Status, CallFailed>({
    queryKey: ['status'],
    queryFn: ({ signal }) => call('get', '/api/v1/status', { signal }),
    refetchInterval: 10_000,
  })
}

/** What does not work at the server, in its own words; null while all does. */
export function useIllness(): string | null {
  const { data } = useStatus()
  if (data === undefined || data.ready) return null
  return [data.broker, data.series, data.records]
    .filter((part) => !part.ok)
    .map((part) => part.says)
    .join('; ')
}

/** A room with the lessons of its day; what changes by the second comes from the live store. */
export function useRoomDetail(id: string) {
  const [site = '', room = ''] = id.split('/')
  return useQuery<RoomDetail, CallFailed>({
    queryKey: ['room', id],
    queryFn: ({ signal }) => call('get', '/api/v1/rooms/{site}/{room}', { at: { site, room }, signal }),
    refetchInterval: 5 * MINUTE_MS,
  })
}

/** What rules watch the metrics of a device against. */
export function useLimits(device: string | undefined) {
  return useQuery<Limit[], CallFailed>({
    queryKey: ['thresholds', device],
    queryFn: async ({ signal }) =>
      (
        await call('get', '/api/v1/devices/{id}/thresholds', {
          at: { id: device ?? '' },
          query: { limit: 1000 },
          signal,
        })
      ).items,
    enabled: device !== undefined,
    refetchInterval: 60_000,
  })
}

/** What a device hangs on, the nearest first; it changes when links are learnt. */
export function useParents(device: string | undefined) {
  return useQuery<Parent[], CallFailed>({
    queryKey: ['parents', device],
    queryFn: async ({ signal }) =>
      (await call('get', '/api/v1/devices/{id}/explain', { at: { id: device ?? '' }, signal })).parents,
    enabled: device !== undefined,
    refetchInterval: MINUTE_MS,
  })
}

/** The rules that are different at a device than elsewhere. */
export function useOverrides(device: string | undefined) {
  return useQuery<Override[], CallFailed>({
    queryKey: ['overrides', device],
    queryFn: async ({ signal }) =>
      (await call('get', '/api/v1/devices/{id}/overrides', { at: { id: device ?? '' }, signal })).items,
    enabled: device !== undefined,
    refetchInterval: MINUTE_MS,
  })
}

/** The last value of each metric of a device. */
export function useMetrics(device: string | undefined, everyMs = 10_000) {
  return useQuery<Metric[], CallFailed>({
    queryKey: ['metrics', device],
    queryFn: async ({ signal }) =>
      (
        await call('get', '/api/v1/devices/{id}/metrics', {
          at: { id: device ?? '' },
          query: { limit: 1000 },
          signal,
        })
      ).items,
    enabled: device !== undefined,
    refetchInterval: everyMs,
  })
}

export interface SeriesAsked {
  device: string
  metric: string
  instance: string
  /** Length up to now, s; or a stretch of the past. */
  span: { lastS: number } | { from: number; to: number }
  points: number
}

/** Readings of a series. A stretch up to now is fetched again as it grows; the old one stays on show meanwhile. */
export function useSeries(asked: SeriesAsked | undefined, now: () => number) {
  const growing = asked !== undefined && 'lastS' in asked.span
  return useQuery<Buckets, CallFailed>({
    queryKey: ['series', asked],
    queryFn: ({ signal }) => {
      const { device, metric, instance, span, points } = asked as SeriesAsked
      const to = 'to' in span ? span.to : Math.floor(now() / 1000)
      const from = 'from' in span ? span.from : to - span.lastS
      const iso = (s: number): string => new Date(s * 1000).toISOString()
      return call('get', '/api/v1/series', {
        query: { device, metric, instance, from: iso(from), to: iso(to), points },
        signal,
      })
    },
    enabled: asked !== undefined,
    refetchInterval: growing ? Math.max(10_000, lengthOf(asked) * 2) : false,
    placeholderData: kept<Buckets>(([, old]) => isSameSeries(old as SeriesAsked | undefined, asked)),
  })
}

function isSameSeries(a: SeriesAsked | undefined, b: SeriesAsked | undefined): boolean {
  return (
    a !== undefined &&
    b !== undefined &&
    a.device === b.device &&
    a.metric === b.metric &&
    a.instance === b.instance
  )
}

const lengthOf = (asked: SeriesAsked): number => ('lastS' in asked.span ? asked.span.lastS : 0)

export interface IncidentsAsked {
  room?: string
  device?: string
  /** ms */
  from?: number
}

export function useIncidentsOf(asked: IncidentsAsked | undefined) {
  return useQuery<Incident[], CallFailed>({
    queryKey: ['incidents', asked],
    queryFn: async ({ signal }) => {
      const { room, device, from } = asked ?? {}
      const query = {
        state: 'all',
        room,
        device,
        from: from === undefined ? undefined : new Date(from).toISOString(),
        limit: 200,
      }
      return (await call('get', '/api/v1/incidents', { query, signal })).items
    },
    enabled: asked !== undefined,
    refetchInterval: MINUTE_MS,
  })
}

/** Planned work on a room, on its devices or on its site, or anywhere; `spans` are those of the stretch, ms. */
export function useMaintenance(room: string | undefined, from: number, to: number) {
  return useQuery<Maintenance[], CallFailed>({
    queryKey: ['maintenance', room ?? '', from],
    queryFn: async ({ signal }) =>
      (
        await call('get', '/api/v1/maintenance', {
          query: {
            site: room?.split('/')[0],
            room,
            from: new Date(from).toISOString(),
            to: new Date(to).toISOString(),
          },
          signal,
        })
      ).items,
    refetchInterval: MINUTE_MS,
  })
}

/** Rooms that were told the same thing so often that training would help; of one room, or of all. */
export function useTraining(room?: string) {
  return useQuery<Training[], CallFailed>({
    queryKey: ['training', room ?? ''],
    queryFn: async ({ signal }) =>
      (
        await call('get', '/api/v1/notices/training', {
          query: room === undefined ? {} : { room: [room] },
          signal,
        })
      ).items,
    refetchInterval: 10 * MINUTE_MS,
  })
}

/** The proofs that detection works, the latest first. */
export function useDrills() {
  return useQuery<Drill[], CallFailed>({
    queryKey: ['drills'],
    queryFn: async ({ signal }) =>
      (await call('get', '/api/v1/drills', { query: { limit: 10 }, signal })).items,
    staleTime: MINUTE_MS,
  })
}

/** What is likely to fail next; the server makes it anew every few hours. */
export function useForesight() {
  return useQuery<Foresight, CallFailed>({
    queryKey: ['foresight'],
    queryFn: ({ signal }) => call('get', '/api/v1/foresight', { signal }),
    staleTime: 10 * MINUTE_MS,
  })
}

/** A ticket: live where the stream has it, else fetched. */
export function useTicket(id: number): { ticket: Ticket | undefined; failed: CallFailed | null } {
  const live = useLiveTicket(id)
  const loaded = useLoaded()
  const { data, error } = useQuery<Ticket, CallFailed>({
    queryKey: ['ticket', id, 'self'],
    queryFn: ({ signal }) => call('get', '/api/v1/tickets/{id}', { at: { id }, signal }),
    enabled: live === undefined && loaded,
  })
  return { ticket: live ?? data, failed: live === undefined ? error : null }
}

/** The log of a ticket, fetched again when the ticket's version moves. */
export function useTicketLog(id: number, version: number) {
  return useQuery<LogEntry[], CallFailed>({
    queryKey: ['ticket', id, 'log', version],
    queryFn: async ({ signal }) =>
      (await call('get', '/api/v1/tickets/{id}/log', { at: { id }, query: { limit: 1000 }, signal })).items,
    placeholderData: kept<LogEntry[]>((key) => key[1] === id),
    staleTime: Infinity,
  })
}

/** Closed tickets, newest first as the server gives them. */
export function useClosedTickets(wanted: boolean) {
  return useQuery<Ticket[], CallFailed>({
    queryKey: ['tickets', 'closed'],
    queryFn: async ({ signal }) =>
      (await call('get', '/api/v1/tickets', { query: { state: 'closed', limit: 100 }, signal })).items,
    enabled: wanted,
  })
}
