/** Which of a device's metrics say most about it, by role; what is wrong with it now comes first. */
import type { Incident, Metric } from '../api/types'
import { isEnumeration } from './value'

const RECORDER = [
  'classroom.recording.frame.dropped',
  'system.cpu.utilization',
  'classroom.recording.audio.level',
  'system.filesystem.utilization',
  'classroom.recording.growth',
  'system.memory.utilization',
  'classroom.recording.hours_left',
]

const BY_ROLE: Record<string, readonly string[]> = {
  'recorder-pc': RECORDER,
  recorder: RECORDER,
  camera: [
    'classroom.recording.frame.rate',
    'classroom.recording.frame.age',
    'classroom.recording.video.freeze.duration',
    'hw.temperature',
  ],
  projector: ['classroom.projector.lamp.time', 'hw.temperature', 'classroom.projector.filter.time'],
  microphone: ['classroom.recording.audio.level', 'classroom.microphone.battery'],
  mixer: ['classroom.recording.audio.level', 'hw.temperature'],
  storage: [
    'hw.logical_disk.utilization',
    'system.filesystem.utilization',
    'hw.temperature',
    'system.cpu.utilization',
  ],
  switch: [
    'hw.network.bandwidth.utilization',
    'hw.network.io',
    'hw.errors',
    'system.cpu.utilization',
    'hw.temperature',
  ],
  ups: ['hw.battery.time_left', 'hw.battery.charge', 'hw.ups.load', 'hw.voltage'],
  sensor: ['hw.temperature', 'hw.humidity'],
  pdu: ['hw.power', 'hw.current', 'hw.voltage'],
}

const ANY = [
  'system.cpu.utilization',
  'system.memory.utilization',
  'system.filesystem.utilization',
  'system.network.io',
  'hw.temperature',
  'classroom.round_trip',
  'classroom.reachability',
]

/** Never on a chart of their own: what stands still, or counts the agent's own work. */
const DULL = /\.(limit|uptime|admin)$|^classroom\.agent\.|^system\.uptime|\.usage$/

export type Told = Pick<Metric, 'metric' | 'instance' | 'unit' | 'value' | 'at'>

/** Up to `most` metrics worth a chart, the troubled ones first, at most two instances of one metric. */
export function tellingMetrics(
  role: string,
  metrics: readonly Told[],
  incidents: readonly Incident[],
  most = 4,
): Told[] {
  const wrong = new Set(incidents.map((incident) => `${incident.metric}[${incident.instance}]`))
  const order = [...(BY_ROLE[role] ?? []), ...ANY]
  const rank = (one: Told): number => {
    if (wrong.has(`${one.metric}[${one.instance}]`)) return -1
    const at = order.indexOf(one.metric)
    return at === -1 ? order.length : at
  }
  const able = metrics.filter(
    (one) => !DULL.test(one.metric) && (!isEnumeration(one.metric) || rank(one) === -1),
  )
  const sorted = able
    .map((one, index) => ({ one, index, rank: rank(one) }))
    .sort((a, b) => a.rank - b.rank || bareFirst(a.one, b.one) || a.index - b.index)
  const taken: Told[] = []
  for (const { one } of sorted) {
    if (taken.length === most) break
    if (
      taken.filter((other) => other.metric === one.metric).length < 1 ||
      wrong.has(`${one.metric}[${one.instance}]`)
    )
      taken.push(one)
  }
  return taken
}

/** The bare metric is the whole device; instances come after it, by name. */
function bareFirst(a: Told, b: Told): number {
  if (a.metric !== b.metric) return 0
  return Number(a.instance !== '') - Number(b.instance !== '') || a.instance.localeCompare(b.instance)
}
