/** The moment after the first start: one machine, no campus. Development only. */
import { device } from './campus.mjs'
import { metricsOf, seriesOf } from './room.mjs'

const works = { ok: true, says: '' }

export function first(now) {
  const machine = device(
    'local',
    'local',
    'local/noc-01',
    'noc-01',
    'noc-01',
    'recorder-pc',
    'ok',
    null,
    now,
    {
      os: 'Ubuntu 24.04',
      in_campus: false,
      name: 'noc-01',
    },
  )
  const iso = (ms) => new Date(ms).toISOString()
  const counts = { ok: 1, degraded: 0, failed: 0, unknown: 0, off: 0 }
  const room = {
    id: 'local/noc-01',
    site: 'local',
    site_name: 'local',
    name: 'noc-01',
    in_campus: false,
    state: 'ok',
    level: null,
    counts,
    worst: null,
    pending: false,
    recorder_state: 'ok',
    context: 'open',
    has_timetable: false,
    lesson: { now: null, next: null },
    recording: { active: null, since: null },
  }
  const site = {
    id: 'local',
    name: 'local',
    time_zone: 'Asia/Shanghai',
    in_campus: false,
    state: 'ok',
    level: null,
    counts,
    rooms: { total: 1, recording: 0, unknown: 0 },
  }
  const names = [
    ['system.cpu.utilization', '', '1', 0.07],
    ['system.memory.utilization', '', '1', 0.42],
    ['system.filesystem.utilization', '/', '1', 0.61],
    ['system.network.io', 'eth0:receive', 'By/s', 225_000],
    ['system.uptime', '', 's', 1_060_000],
  ]
  return {
    at: now,
    snapshot: { items: [machine], sites: [site], rooms: [room], incidents: [], tickets: [], notices: [] },
    rooms: [{ ...room, lessons: [] }],
    past: [],
    logs: {},
    series: (query, upTo) => seriesOf('first', query, upTo),
    metrics: (of, upTo) => [
      ...names.map(([metric, instance, unit, value]) => ({ metric, instance, unit, value, at: iso(upTo) })),
      ...Array.from({ length: 33 }, (_, n) => ({ ...metricsOf(of, upTo)[2], instance: `core${n}` })),
    ],
    status: {
      version: '0.1.0',
      started_at: iso(now - 18_000),
      ready: true,
      broker: works,
      series: works,
      records: works,
      readings: 76,
      messages: 4,
      refused: 0,
      queue_depth: 0,
      devices: 1,
      rooms: 1,
      this_machine: 'local:noc-01',
      token_file: 'roomtone-data/admin.token',
    },
  }
}
