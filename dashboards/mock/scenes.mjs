/** The moments that the mock can play. Development only. */
import { campus } from './campus.mjs'
import { arriving, bad, calm, incident, queue } from './tickets.mjs'
import { metricsOf, roomScene, seriesOf } from './room.mjs'
import { first } from './first.mjs'

const MIN = 60_000
const at = (time) => Date.parse(`2026-11-23T${time}+08:00`)
const iso = (ms) => new Date(ms).toISOString()
const TIMES = {
  bad: '10:37:31',
  stale: '10:37:31',
  calm: '10:31:07',
  queue: '14:07:59',
  ticket: '11:37:16',
  phone: '12:14:35',
  room: '10:37:11',
}

/** What the mock serves for a scene: the snapshot, and what is fetched beside it. */
export function scene(name, language) {
  if (name === 'first') return first(at('10:31:26'), language)
  const now = at(TIMES[name] ?? TIMES.bad)
  const world = campus(now, language, name === 'calm')
  if (name === 'room') return roomScene(now, language, world)
  const made = made_(name, now, language, world)
  const tickets = made.map((one) => one.made)
  const incidents = made
    .filter((one) => one.rule)
    .map((one) => incident(one.made, metricOf(one.rule), one.rule))
  const past = [...incidents, ...history(name, now)]
  return {
    at: now,
    silent: name === 'stale',
    snapshot: {
      items: world.devices,
      sites: world.sites,
      rooms: world.rooms,
      incidents,
      tickets,
      notices: [],
    },
    rooms: world.rooms.map((room) => ({ ...room, lessons: [] })),
    past,
    logs: { 2417: log2417(now), 2426: log2426(now) },
    series: (query, upTo) => seriesOf(name, query, upTo, tickets),
    metrics: (device, upTo) => metricsOf(device, upTo),
    status: status(),
  }
}

function made_(name, now, language, world) {
  if (name === 'calm') return calm(now, language, world)
  if (name === 'queue') return queue(now, language, world)
  if (name === 'ticket') return [arriving(now, language)]
  if (name === 'phone') {
    const one = arriving(now, language)
    const opened = now - (8 * 60 * MIN - ((6 * 60 + 17) * MIN + 26_000))
    const t = one.made
    Object.assign(t, { opened_at: iso(opened), state: 'on_site', expected_at: null })
    t.clocks = [
      { step: 'respond', due_at: iso(opened + 30 * MIN), met_at: iso(opened + 271_000), state: 'met' },
      {
        step: 'arrive',
        due_at: iso(opened + 120 * MIN),
        met_at: iso(opened + 91 * MIN + 8000),
        state: 'met',
      },
      { step: 'solve', due_at: iso(opened + 480 * MIN), met_at: null, state: 'running' },
    ]
    return [one]
  }
  const found = bad(now, language, world)
  const link = found.find((one) => one.made.id === 2420).made
  link.onset_at = iso(now - (6 * 60 + 12) * 1000)
  return found
}

const METRICS = {
  'picture-frozen': 'classroom.recording.video.freeze.duration',
  'recording-not-growing': 'classroom.recording.growth',
}
const metricOf = (rule) => METRICS[rule] ?? ''

function history(name, now) {
  const over = (site, room, en, zh, ago, span, level) => ({
    id: `past-${room}`,
    ticket: null,
    state: 'cleared',
    site,
    room,
    device: `${room.replace('/', ':')}`,
    metric: '',
    instance: '',
    family: '',
    rule: 'past',
    level,
    value: null,
    cause: null,
    onset_at: iso(now - ago - span),
    detected_at: iso(now - ago - span + 30_000),
    cleared_at: iso(now - ago),
    words: { en: { title: en, symptom: '', advice: '' }, 'zh-CN': { title: zh, symptom: '', advice: '' } },
  })
  return name === 'calm'
    ? [
        over('wenlan', 'wenlan/w303', 'Recorder silent', '录播主机静默', 3 * MIN, 108_000, 1),
        over('linjiang', 'linjiang/s105', 'Volume nearly full', '存储卷将满', 60 * MIN, 5 * MIN, 2),
      ]
    : [over('beichen', 'beichen/b205', 'Recorder silent', '录播主机静默', 24 * MIN, 190_000, 1)]
}

function log2417(now) {
  const t = (time) => iso(Date.parse(`2026-11-23T${time}+08:00`))
  void now
  return [
    {
      number: 1,
      at: t('10:32:02'),
      actor: 'telemetry',
      action: 'opened',
      fields: { level: 1, incident: 'i2417' },
    },
    { number: 2, at: t('10:36:33'), actor: 'li.na', action: 'acknowledge', fields: { assignee: '李娜' } },
    {
      number: 3,
      at: t('10:52:10'),
      actor: 'li.na',
      action: 'comment',
      fields: { text: '重启录制服务后写入 40 秒又停。老师换手机录，课没停。磁盘灯常亮。' },
    },
    {
      number: 4,
      at: t('11:21:40'),
      actor: 'li.na',
      action: 'dispatch',
      fields: { assignee: '王志强', expected_at: t('12:05:00'), text: '带 RX-200 备机，已告知校方张老师' },
    },
  ]
}

function log2426(now) {
  void now
  const t = (time) => iso(Date.parse(`2026-11-23T${time}+08:00`))
  return [
    {
      number: 1,
      at: t('13:46:47'),
      actor: 'telemetry',
      action: 'opened',
      fields: { level: 2, incident: 'i2426' },
    },
    {
      number: 2,
      at: t('13:58:10'),
      actor: 'Li Na',
      action: 'comment',
      fields: { text: 'in a call with S302, next' },
    },
  ]
}

export function status() {
  const works = { ok: true, says: '' }
  return {
    version: '0.1.0',
    started_at: '2026-11-23T00:00:00Z',
    ready: true,
    broker: works,
    series: works,
    records: works,
    readings: 1234567,
    messages: 23456,
    refused: 0,
    queue_depth: 0,
    devices: 202,
    rooms: 202,
    this_machine: null,
    token_file: null,
  }
}
