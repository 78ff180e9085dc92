/** Series, metrics and the room of the room page's picture. Development only. */
import { device } from './campus.mjs'
import { incident, ticket } from './tickets.mjs'

const MIN = 60_000
const iso = (ms) => new Date(ms).toISOString()

/** A number that looks random and is always the same, 0..1. */
const noise = (n) => {
  const x = Math.sin(n * 127.1) * 43758.5453
  return x - Math.floor(x)
}

const clock = (text) => Date.parse(`2026-11-23T${text}+08:00`)
const ramp = (t, from, to) => Math.min(1, Math.max(0, (t - from) / (to - from)))

/** The value of a metric at a moment, as the pictures draw it. */
const CURVES = {
  'classroom.recording.video.freeze.duration': (t) => Math.max(0, (t - clock('13:45:00')) / 1000),
  'classroom.recording.growth': (t, k, name) =>
    name !== 'room' && t >= clock('10:31:30') && t < clock('12:30:00') ? 0 : (1.3 + noise(k) * 0.25) * 1e6,
  'classroom.recording.frame.dropped': (t, k) =>
    t < clock('10:17:40')
      ? 0.002 + noise(k) * 0.001
      : t < clock('10:24:50')
        ? 0.012 + ramp(t, clock('10:17:40'), clock('10:24:50')) * 0.03 + noise(k) * 0.004
        : 0.055 + noise(k) * 0.034,
  'system.cpu.utilization': (t, k) =>
    t < clock('10:00:00')
      ? 0.25 + noise(k) * 0.04
      : t < clock('10:16:00')
        ? 0.5 + noise(k) * 0.05
        : 0.62 + ramp(t, clock('10:16:00'), clock('10:28:00')) * 0.32 + noise(k) * 0.03,
  'classroom.recording.audio.level': (t, k) => (t < clock('10:00:00') ? -58 : -22) - noise(k) * 6,
  'system.filesystem.utilization': (t) => 0.845 + ramp(t, clock('09:37:00'), clock('10:37:00')) * 0.045,
  'system.memory.utilization': (t, k) => 0.42 + noise(k) * 0.01,
  'system.network.io': (t, k) => ((1.5 + noise(k) * 0.8) * 1e6) / 8,
}

const FIRST = {
  'system.cpu.utilization': (k) => 0.06 + noise(k) * 0.03,
  'system.memory.utilization': (k) => 0.42 + noise(k) * 0.005,
  'system.filesystem.utilization': () => 0.61,
  'system.network.io': (k) => ((1.5 + noise(k) * 0.8) * 1e6) / 8,
}

export function seriesOf(name, query, now) {
  const metric = query.get('metric')
  const from = Date.parse(query.get('from'))
  const to = Date.parse(query.get('to'))
  const points = Number(query.get('points')) || 300
  const step = Math.max(10_000, Math.ceil((to - from) / points / 10_000) * 10_000)
  const curve = CURVES[metric] ?? (() => 0.4)
  const out = {
    device: query.get('device'),
    metric,
    instance: query.get('instance') ?? '',
    unit: UNITS[metric] ?? '1',
    at: [],
    n: [],
    min: [],
    mean: [],
    max: [],
    value: null,
  }
  for (let t = Math.ceil(from / step) * step; t <= to; t += step) {
    const gone = t > now || (name === 'first' && t < now - 18_000 * 60)
    const value = gone
      ? null
      : name === 'first'
        ? (FIRST[metric]?.(t / step) ?? 0.4)
        : curve(t, t / step, name)
    out.at.push(iso(t))
    out.n.push(gone ? 0 : metric === 'system.cpu.utilization' ? 6 : 1)
    out.mean.push(value)
    out.min.push(
      value === null ? null : value - (metric === 'system.cpu.utilization' ? 0.06 * (0.5 + noise(t)) : 0),
    )
    out.max.push(
      value === null
        ? null
        : Math.min(
            metric === 'system.cpu.utilization' ? 1 : 1e9,
            value + (metric === 'system.cpu.utilization' ? 0.06 * (0.5 + noise(t + 1)) : 0),
          ),
    )
  }
  return out
}

const UNITS = {
  'classroom.recording.video.freeze.duration': 's',
  'classroom.recording.growth': 'By/s',
  'classroom.recording.audio.level': 'dB',
  'system.network.io': 'By/s',
}

export function metricsOf(of, now) {
  const names = of.includes('cam')
    ? ['classroom.recording.video.freeze.duration']
    : [
        'classroom.recording.growth',
        'classroom.recording.frame.dropped',
        'system.cpu.utilization',
        'classroom.recording.audio.level',
        'system.filesystem.utilization',
      ]
  return names.map((metric) => ({
    metric,
    instance:
      metric === 'system.filesystem.utilization'
        ? 'D:'
        : metric === 'classroom.recording.audio.level'
          ? 'left'
          : '',
    unit: UNITS[metric] ?? '1',
    value: CURVES[metric](now, now / 10_000, 'room'),
    at: iso(now - 4000),
  }))
}

const UNITS_OF_ROOM = [
  ['pc', 'recorder-pc', '录播主机', '锐目', 'RX-200', ['system.cpu.utilization', 0.94, '1'], 2],
  [
    'cam-teacher',
    'camera',
    '教师摄像机',
    '海纳',
    'PTZ-30',
    ['classroom.recording.frame.rate', 30, '{frame}/s'],
  ],
  [
    'cam-student',
    'camera',
    '学生摄像机',
    '海纳',
    'PTZ-30',
    ['classroom.recording.frame.rate', 30, '{frame}/s'],
  ],
  ['mic', 'microphone', '吊麦阵列', '声图', 'CM-8', ['classroom.recording.audio.level', -19, 'dB']],
  ['mixer', 'mixer', '数字调音台', '声图', 'DX-12', ['hw.temperature', 51, 'Cel']],
  ['capture', 'capture-card', '采集卡 HDMI', '视桥', 'C4', ['classroom.signal.lock', 1, '1']],
  ['projector', 'projector', '激光投影机', '亮彩', 'LU-935', ['classroom.projector.lamp.time', 9840, 'h'], 3],
  ['switch', 'switch', '教室交换机', '华脉', 'S5130', ['hw.network.io', 3.5e6, 'By/s']],
  ['ups', 'ups', 'UPS', '恒源', 'C3K', ['hw.battery.time_left', 2460, 's']],
  ['display', 'display', '学生侧显示屏', '', '', null, 'off'],
]

/** The room S302 with its ten devices, its lessons and its level 2 ticket. */
export function roomScene(now, language, world) {
  const site = world.sites.find((one) => one.id === 'linjiang')
  const room = world.rooms.find((one) => one.id === 'linjiang/s302')
  Object.assign(room, {
    name: 'S302',
    state: 'degraded',
    level: 2,
    counts: { ok: 7, degraded: 2, failed: 0, unknown: 0, off: 1 },
  })
  const devices = UNITS_OF_ROOM.map(([id, role, name, vendor, model, metric, level]) =>
    device(
      site.id,
      site.name,
      room.id,
      room.name,
      `s302-pc${id === 'pc' ? '' : `:${id}`}`,
      role,
      level === 'off' ? 'off' : level ? 'degraded' : 'ok',
      level === 'off' ? null : (level ?? null),
      now,
      {
        name,
        unit: { vendor, model, serial: '', firmware: '' },
        highlight: metric && {
          metric: metric[0],
          instance: '',
          value: metric[1],
          unit: metric[2],
          at: iso(now - 3000),
        },
      },
    ),
  )
  const made = ticket(now, language, {
    id: 2418,
    level: 2,
    left: 18 * MIN + 20_000,
    site: site.id,
    siteName: site.name,
    room: room.id,
    roomName: 'S302',
    device: 'linjiang:s302-pc',
    deviceName: '录播主机',
    role: 'recorder-pc',
    incident: 'i2418',
    words: {
      en: [
        'Recorder drops frames',
        'A transcoding process has used 61 % of the CPU since 10:18; frames have dropped since then.',
      ],
      'zh-CN': ['录播主机丢帧', '转码进程 10:18 起占 CPU 61 %，同时段丢帧上升。'],
    },
  })
  const open = incident(made, 'classroom.recording.frame.dropped', 'frames-dropping', {
    onset_at: iso(clock('10:17:40')),
    detected_at: iso(clock('10:24:20')),
  })
  const past = (id, title, level, from, to) => ({
    ...open,
    id,
    level,
    state: 'cleared',
    ticket: null,
    rule: id,
    onset_at: iso(clock(from)),
    detected_at: iso(clock(from) + 60_000),
    cleared_at: iso(clock(to)),
    words: { en: { title, symptom: '', advice: '' }, 'zh-CN': { title, symptom: '', advice: '' } },
  })
  const lesson = (title, from, to, recorded) => ({
    title,
    start: iso(clock(from)),
    end: iso(clock(to)),
    recorded,
  })
  const lessons = [
    lesson('晨会', '08:00:00', '08:45:00', false),
    lesson('英语', '08:55:00', '09:40:00', true),
    lesson('高等数学（下）', '10:00:00', '11:40:00', true),
    lesson('机械制图', '13:30:00', '15:10:00', true),
    lesson('班会', '15:25:00', '16:15:00', false),
    lesson('数控编程', '16:30:00', '18:00:00', true),
    lesson('网络公开课', '19:00:00', '20:30:00', true),
  ]
  room.lesson = { now: lessons[2], next: lessons[3] }
  room.recording = { active: true, since: iso(clock('10:00:03')) }
  world.devices = [...world.devices.filter((one) => one.room !== room.id), ...devices]
  return {
    at: now,
    snapshot: {
      items: world.devices,
      sites: world.sites,
      rooms: world.rooms,
      incidents: [open],
      tickets: [made],
      notices: [],
    },
    rooms: world.rooms.map((one) => ({ ...one, lessons: one === room ? lessons : [] })),
    past: [open, past('p1', '丢帧', 3, '09:06:00', '09:17:00')],
    logs: {},
    series: (query, upTo) => seriesOf('room', query, upTo),
    metrics: (of, upTo) => metricsOf(of, upTo),
    status: {},
  }
}
