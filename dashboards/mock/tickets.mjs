/** Tickets and incidents of the design's pictures. Development only. */

const MIN = 60_000
const H = 60 * MIN
const FAST = { respond: 30 * MIN, arrive: 2 * H, solve: 8 * H }
const SLOW = { respond: 24 * H, solve: 48 * H, swap: 72 * H }

const UNDER_WAY = ['promise', 'dispatch', 'swap', 'restore', 'relevel', 'pause', 'comment', 'complain']
const ALLOWED = {
  open: ['acknowledge', 'arrive', ...UNDER_WAY],
  acknowledged: ['arrive', 'resolve', ...UNDER_WAY],
  on_site: ['resolve', ...UNDER_WAY],
}

const iso = (ms) => new Date(ms).toISOString()

/**
 * One ticket whose nearest clock has `left` ms to go at `now`. `met` is what was kept, step to ms after opening.
 */
export function ticket(now, language, spec) {
  const track = spec.slow ? SLOW : FAST
  const steps = Object.keys(track)
  const met = spec.met ?? {}
  const next = steps.find((step) => !(step in met)) ?? steps.at(-1)
  const opened = now - (track[next] - spec.left)
  const words = Object.fromEntries(
    Object.entries(spec.words).map(([code, [title, symptom, advice]]) => [
      code,
      { title, symptom: symptom ?? '', advice: advice ?? '' },
    ]),
  )
  return {
    id: spec.id,
    level: spec.level,
    state: spec.state ?? (met.arrive ? 'on_site' : met.respond ? 'acknowledged' : 'open'),
    source: spec.source ?? 'telemetry',
    title: spec.words.en[0],
    symptom: spec.words[language][1] ?? '',
    cause: spec.cause ?? '',
    remedy: '',
    site: spec.site,
    site_name: spec.siteName,
    room: spec.room ?? null,
    room_name: spec.roomName ?? null,
    device: spec.device ?? null,
    device_name: spec.deviceName ?? null,
    device_role: spec.role ?? null,
    incidents: spec.incident ? [spec.incident] : [],
    onset_at: iso(opened - 32_000),
    detected_at: iso(opened - 2000),
    opened_at: iso(opened),
    updated_at: iso(opened),
    promised_at: null,
    expected_at: spec.expected ? iso(opened + spec.expected) : null,
    paused_at: spec.paused ? iso(now - 20 * MIN) : null,
    restored_at: null,
    flapping: false,
    late: false,
    drill: false,
    storm: null,
    complained_at: null,
    calls_at: iso(opened + 10_000),
    called_at: iso(opened + 10_000),
    escalation: [],
    assignee: spec.with?.[language] ?? null,
    coverage: 'warranty',
    agreement: 'default',
    clocks: steps.map((step) => ({
      step,
      due_at: iso(opened + track[step]),
      met_at: step in met ? iso(opened + met[step]) : null,
      state:
        step in met
          ? 'met'
          : spec.paused
            ? 'paused'
            : spec.left < 0 && step === next
              ? 'breached'
              : 'running',
    })),
    words,
    actions: ALLOWED[spec.state ?? (met.arrive ? 'on_site' : met.respond ? 'acknowledged' : 'open')],
    version: 3,
  }
}

/** The open incident behind a ticket. */
export function incident(of, metric, rule, more = {}) {
  return {
    id: of.incidents[0],
    ticket: of.id,
    state: 'open',
    site: of.site,
    room: of.room,
    device: of.device ?? `${of.site}:x`,
    metric,
    instance: '',
    family: rule,
    rule,
    level: of.level,
    value: null,
    cause: null,
    onset_at: of.onset_at,
    detected_at: of.detected_at,
    cleared_at: null,
    words: of.words,
    ...more,
  }
}

const left = (text) => {
  const sign = text.startsWith('-') ? -1 : 1
  const parts = text.replace('-', '').split(':').map(Number)
  while (parts.length < 3) parts.unshift(0)
  return sign * ((parts[0] * 60 + parts[1]) * 60 + parts[2]) * 1000
}

const WANG = { 'zh-CN': '王志强', en: 'Wang Zhiqiang' }
const LI = { 'zh-CN': '李娜', en: 'Li Na' }
const CHEN = { 'zh-CN': '陈静', en: 'Chen Jing' }
const ZHOU = { 'zh-CN': '周岩', en: 'Zhou Yan' }

/** Tickets of the wall on a bad morning. */
export function bad(now, language, campus) {
  const place = placer(campus)
  return [
    {
      id: 2419,
      level: 2,
      left: left('8:47'),
      ...place('mingde/m204', 'camera'),
      words: w('Camera picture frozen', '摄像机画面冻结'),
      incident: 'i2419',
      rule: 'picture-frozen',
    },
    {
      id: 2420,
      level: 1,
      left: left('23:48'),
      ...place('south-lake', 'switch', 'south-lake:core-switch'),
      words: w('Site link down, 32 rooms out of sight', '站点链路中断，32 间看不见'),
      incident: 'i2420',
      rule: 'device-silent',
    },
    {
      id: 2417,
      level: 1,
      left: left('1:12:05'),
      met: { respond: 3 * MIN },
      expected: 100 * MIN,
      with: WANG,
      ...place('wenlan/w201', 'recorder-pc'),
      words: w('Recorder is not recording', '录播主机没在录制'),
      incident: 'i2417',
      rule: 'not-recording',
    },
    {
      id: 2415,
      level: 3,
      slow: true,
      left: left('18:22:40'),
      ...place('qingshan/q303', 'ups'),
      words: w('UPS on battery, 41 min left', 'UPS 切到电池，余 41 分钟'),
      incident: 'i2415',
      rule: 'ups-on-battery',
    },
    {
      id: 2414,
      level: 3,
      slow: true,
      left: left('21:05:10'),
      ...place('linjiang/s307', 'storage'),
      words: w('Storage volume full in 7 h', '存储卷 7 小时内写满'),
      incident: 'i2414',
      rule: 'volume-full-in-a-day',
    },
    {
      id: 2413,
      level: 3,
      slow: true,
      left: left('22:35:00'),
      ...place('east/a206', 'projector'),
      words: w('Projector lamp at 82 % of its life', '投影机灯泡用到 82 %'),
      incident: 'i2413',
      rule: 'lamp-wearing',
    },
    {
      id: 2412,
      level: 3,
      slow: true,
      left: left('23:35:00'),
      ...place('linjiang/s202', 'recorder-pc'),
      words: w('Recorder restarted 2 times in a day', '录播主机一天重启 2 次'),
      incident: 'i2412',
      rule: 'restarted',
    },
  ].map((spec) => ({ made: ticket(now, language, spec), rule: spec.rule }))
}

/** Tickets of the wall on a good day. */
export function calm(now, language, campus) {
  const place = placer(campus)
  return [
    {
      id: 2413,
      level: 3,
      slow: true,
      left: left('19:40:22'),
      ...place('east/a206', 'projector'),
      words: w('Projector lamp at 82 % of its life', '投影机灯泡用到 82 %'),
      incident: 'i2413',
      rule: 'lamp-wearing',
    },
    {
      id: 2411,
      level: 3,
      slow: true,
      met: { respond: 3 * H },
      left: left('43:12:09'),
      with: CHEN,
      ...place('linjiang/s202', 'recorder-pc'),
      words: w('Volume full in 19 h', '存储卷 19 小时内写满'),
      incident: 'i2411',
      rule: 'volume-full-in-a-day',
    },
  ].map((spec) => ({ made: ticket(now, language, spec), rule: spec.rule }))
}

/** Tickets of the queue's picture. */
export function queue(now, language, campus) {
  const place = placer(campus)
  const on = (respond, arrive) => ({ respond: respond * MIN, ...(arrive ? { arrive: arrive * MIN } : {}) })
  return [
    {
      id: 2427,
      level: 2,
      left: left('-4:12'),
      ...place('qingshan/q204', 'microphone'),
      words: w('No sound from the lectern microphone', '讲台话筒没有声音'),
    },
    {
      id: 2426,
      level: 2,
      left: left('8:47'),
      ...place('beichen/b205', 'camera', 'beichen:b205:cam-teacher'),
      words: w(
        'Teacher camera picture frozen',
        '教师摄像机画面冻结',
        'The same picture for 120 s while recording. The student camera still moves, so the lesson is not lost.',
        '录制中画面 120 秒没有变化。学生机位正常，课没丢。',
      ),
      incident: 'i2426',
      rule: 'picture-frozen',
    },
    {
      id: 2425,
      level: 1,
      left: left('23:48'),
      ...place('yunqi/y203', 'recorder-pc'),
      words: w('Recorder is silent', '录播主机静默'),
    },
    {
      id: 2424,
      level: 2,
      left: left('54:45'),
      met: on(5),
      with: CHEN,
      expected: 100 * MIN,
      ...place('east/a304', 'capture-card'),
      words: w('Capture card has no signal', '采集卡没有信号'),
    },
    {
      id: 2423,
      level: 1,
      left: left('3:41:30'),
      met: on(4, 91),
      with: WANG,
      ...place('wenlan/w201', 'recorder-pc'),
      words: w('Recorder is not recording', '录播主机没在录制'),
    },
    {
      id: 2422,
      level: 2,
      left: left('4:17:00'),
      met: on(13, 90),
      with: LI,
      ...place('linjiang/s302', 'recorder-pc'),
      words: w('Frames dropping, 7.2 %', '丢帧 7.2 %'),
    },
    {
      id: 2421,
      level: 1,
      left: left('4:23:20'),
      met: on(10, 76),
      with: ZHOU,
      ...place('south-lake', 'switch'),
      words: w('Site link down, 32 rooms out of sight', '站点链路中断，32 间看不见'),
    },
    {
      id: 2415,
      level: 3,
      slow: true,
      left: left('14:52:10'),
      ...place('qingshan/q303', 'ups'),
      words: w('UPS on battery, 41 min left', 'UPS 切到电池，余 41 分钟'),
    },
    {
      id: 2413,
      level: 3,
      slow: true,
      left: left('16:03:30'),
      ...place('east/a206', 'projector'),
      words: w('Projector lamp at 82 % of its life', '投影机灯泡用到 82 %'),
    },
    {
      id: 2414,
      level: 3,
      slow: true,
      left: left('17:34:38'),
      ...place('linjiang/s307', 'storage'),
      words: w('Storage volume full in 4 h', '存储卷 4 小时内写满'),
    },
    {
      id: 2410,
      level: 4,
      slow: true,
      source: 'person',
      left: left('22:10:00'),
      ...place('yunqi', 'other'),
      words: w('How to export lessons to the school platform', '怎样把课导出到学校平台'),
    },
    {
      id: 2409,
      level: 3,
      slow: true,
      left: left('39:35:12'),
      met: { respond: 5 * H },
      with: CHEN,
      ...place('linjiang/s202', 'recorder-pc'),
      words: w('Recorder restarted 2 times in a day', '录播主机一天重启 2 次'),
    },
    {
      id: 2408,
      level: 3,
      slow: true,
      paused: true,
      left: left('30:00:00'),
      met: { respond: 7 * H },
      with: CHEN,
      ...place('yunqi/hall', 'projector'),
      words: w('Projector filter needs cleaning', '投影机滤网要清洁'),
    },
  ].map((spec) => ({ made: ticket(now, language, spec), rule: spec.rule }))
}

/** The ticket of the ticket page's picture, 1:05 old. */
export function arriving(now, language) {
  return {
    rule: 'recording-not-growing',
    made: ticket(now, language, {
      id: 2417,
      level: 1,
      left: left('54:45'),
      met: { respond: 271_000 },
      expected: 93 * MIN,
      with: WANG,
      site: 'mingde',
      siteName: language === 'en' ? 'Mingde Middle School' : '明德中学',
      room: 'mingde/m206',
      roomName: 'M206',
      device: 'mingde:m206',
      deviceName: language === 'en' ? 'Recorder PC' : '录播主机',
      role: 'recorder-pc',
      incident: 'i2417',
      words: w(
        'Recording, but the file has stopped growing',
        '录像文件不再增长',
        'The recording is active and its file has not grown for 30 s; picture and sound are good.',
        '录制开始 31 分后文件停止增长，画面声音正常',
      ),
    }),
  }
}

function w(en, zh, enSymptom = '', zhSymptom = '') {
  return { en: [en, enSymptom], 'zh-CN': [zh, zhSymptom] }
}

function placer({ sites, rooms }) {
  return (id, role, device) => {
    const room = rooms.find((one) => one.id === id)
    const site = sites.find((one) => one.id === (room?.site ?? id))
    return {
      site: site.id,
      siteName: site.name,
      room: room?.id,
      roomName: room?.name,
      role,
      device: device ?? (room ? `${site.id}:${room.name.toLowerCase()}` : undefined),
      deviceName: role,
    }
  }
}
