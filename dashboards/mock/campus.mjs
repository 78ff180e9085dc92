/** An invented campus of eight sites, as the design's pictures show it at one moment. Development only. */

/** Room and what it shows: r recording, l lesson without recording, i idle, o off, u unseen, 1-3 levels (and the role). */
const SITES = [
  {
    id: 'east',
    names: { 'zh-CN': '江州大学 ・ 东区', en: 'Jiangzhou University, East campus' },
    share: 0.62,
    rooms: `A101r A102i A103r A104r A105r A106r A107i A108r A201r A202r A203r A204r A205r A206:3r:projector A207l A208r
      A301o A302o A303i A304r A305r A306r A307r A308l A401i A402r A403r A404i A405r A406r 阶教1o 报告厅r`,
    calm: {},
  },
  {
    id: 'south-lake',
    names: { 'zh-CN': '江州大学 ・ 南湖校区', en: 'Jiangzhou University, South Lake campus' },
    share: 0.55,
    rooms: `N101u N102u N103u N104u N105u N106u N107u N108u N201u N202u N203u N204u N205u N206u N207u N208u
      N301u N302u N303u N304u N305u N306u N307u N308u N401u N402u N403u N404u N405u N406u 阶教1u 报告厅u`,
    calm: {
      default: 'i',
      r: 'N102 N105 N108 N203 N204 N206 N207 N307 N308 N401 N402 阶教1',
      o: 'N101 N103 N104 N202 N208 N303 N305 N306 N404 报告厅',
      l: 'N304',
    },
  },
  {
    id: 'mingde',
    names: { 'zh-CN': '明德中学', en: 'Mingde Middle School' },
    share: 0.55,
    rooms: `M101r M102r M103r M104r M105r M106r M107r M108i M201r M202r M203r M204:2r:camera M205i M206i M207r M208r
      M301r M302o M303i M304l M305r M306r M307r M308r M401r M402r 阶教1l 报告厅i`,
    calm: { i: 'M204' },
  },
  {
    id: 'linjiang',
    names: { 'zh-CN': '临江职业技术学院', en: 'Linjiang Polytechnic' },
    share: 0.56,
    rooms: `S101r S102i S103i S104r S105o S106r S107r S108o S201r S202:3r:recorder-pc S203i S204o S205l S206r S207r S208i
      S301i S302r S303i S304r S305r S306r S307:3i:storage S308r S401r S402o 阶教1l 报告厅r`,
    calm: { i: 'S307' },
  },
  {
    id: 'wenlan',
    names: { 'zh-CN': '文澜外国语学校', en: 'Wenlan Foreign Language School' },
    share: 0.56,
    rooms: `W101i W102i W103o W104i W105r W106r W201:1s:recorder-pc W202r W203i W204r W205i W206r W301i W302r W303r W304r
      W305r W306r W401i W402r W403i W404i 阶教1r 报告厅l`,
    calm: { r: 'W201' },
  },
  {
    id: 'beichen',
    names: { 'zh-CN': '北辰理工学院', en: 'Beichen Institute of Technology' },
    share: 0.56,
    rooms: `B101i B102r B103r B104i B105i B106r B201i B202l B203i B204r B205r B206r B301i B302i B303r B304i
      B305r B306r B401o B402i B403i B404i 阶教1r 报告厅i`,
    calm: {},
  },
  {
    id: 'qingshan',
    names: { 'zh-CN': '青杉实验小学', en: 'Qingshan Primary School' },
    share: 0.4,
    rooms: `Q101r Q102i Q103r Q104u Q105i Q106r Q201r Q202i Q203i Q204l Q205i Q206i Q301i Q302i Q303:3r:ups Q304r
      Q305i Q306i Q401i 报告厅r`,
    calm: { r: 'Q104 Q303' },
  },
  {
    id: 'yunqi',
    names: { 'zh-CN': '云栖师范附中', en: 'Yunqi Normal School' },
    share: 0.55,
    rooms: `Y101i Y102r Y103i Y104l Y105r Y201i Y202r Y203r Y204r Y205i Y301r Y302r Y303i 报告厅r`,
    calm: { o: 'Y104' },
  },
]

const ASCII = { 阶教1: 'lecture-1', 报告厅: 'hall' }
const ENGLISH = { 阶教1: 'Lecture 1', 报告厅: 'Hall' }
const LETTER = { r: 'recording', l: 'lesson', i: 'idle', o: 'off', u: 'unseen', s: 'slot' }

/** Sites, rooms and devices at `now` (ms), in a language; `calm` is the good day. */
export function campus(now, language, calm) {
  const iso = (ms) => new Date(ms).toISOString()
  const sites = []
  const rooms = []
  const devices = []
  for (const site of SITES) {
    const name = site.names[language]
    const start = now - site.share * 90 * 60_000
    const list = site.rooms
      .trim()
      .split(/\s+/)
      .map((text) => parse(text, calm ? site.calm : null))
    for (const { name: shown, look, level, role } of list) {
      const id = `${site.id}/${ASCII[shown] ?? shown.toLowerCase()}`
      const roomName = language === 'en' ? (ENGLISH[shown] ?? shown) : shown
      const unseen = look === 'unseen'
      const state = unseen
        ? 'unknown'
        : look === 'off'
          ? 'off'
          : level === 1
            ? 'failed'
            : level
              ? 'degraded'
              : 'ok'
      const worst = level ? { id: `${site.id}:${shown}`, role, name: role, state, level } : null
      const busy = look === 'recording' || look === 'lesson' || look === 'slot'
      rooms.push({
        id,
        site: site.id,
        site_name: name,
        name: roomName,
        in_campus: true,
        state,
        level: level ?? null,
        counts: { ok: 0, degraded: 0, failed: 0, unknown: 0, off: 0, [state]: 6 },
        worst,
        pending: false,
        recorder_state: unseen ? 'unknown' : look === 'off' ? 'off' : 'ok',
        context: busy ? 'lesson' : 'open',
        has_timetable: true,
        lesson: {
          now: busy
            ? {
                title: '高等数学',
                start: iso(start),
                end: iso(start + 90 * 60_000),
                recorded: look !== 'lesson',
              }
            : null,
          next: null,
        },
        recording: {
          active: unseen ? null : look === 'recording',
          since: look === 'recording' ? iso(start + 3000) : null,
        },
      })
      devices.push(
        device(
          site.id,
          name,
          id,
          roomName,
          shown.toLowerCase(),
          level ? role : 'recorder-pc',
          state,
          level ?? null,
          now,
        ),
      )
    }
    const mine = rooms.filter((room) => room.site === site.id)
    const levels = mine.map((room) => room.level).filter(Boolean)
    const down = !calm && site.id === 'south-lake'
    if (down) devices.push(device(site.id, name, null, null, 'core-switch', 'switch', 'failed', 1, now))
    sites.push({
      id: site.id,
      name,
      time_zone: 'Asia/Shanghai',
      in_campus: true,
      state: 'ok',
      level: down ? 1 : levels.length ? Math.min(...levels) : null,
      counts: { ok: mine.length, degraded: 0, failed: 0, unknown: 0, off: 0 },
      rooms: {
        total: mine.length,
        recording: mine.filter((room) => room.recording.active).length,
        unknown: mine.filter((room) => room.state === 'unknown').length,
      },
    })
  }
  return { sites, rooms, devices }
}

function parse(text, calm) {
  const [, name, , level, letter, , role] = /^(.+?)((?::(\d))?)([rlious])((?::([a-z-]+))?)$/.exec(text)
  if (calm) {
    for (const other of ['r', 'l', 'i', 'o'])
      if ((calm[other] ?? '').split(' ').includes(name))
        return { name, look: LETTER[other], level: undefined, role: undefined }
    if (calm.default) return { name, look: LETTER[calm.default], level: undefined, role: undefined }
  }
  return { name, look: LETTER[letter], level: level ? Number(level) : undefined, role }
}

/** One device as the API gives it. */
export function device(site, siteName, room, roomName, id, role, state, level, now, more = {}) {
  return {
    id: `${site}:${id}`,
    site,
    site_name: siteName,
    room,
    room_name: roomName,
    agent: `${site}:${id}`,
    role,
    name: id,
    unit: { vendor: '', model: '', serial: '', firmware: '' },
    state,
    level,
    pending: false,
    since: new Date(now - 760_000).toISOString(),
    last_seen: new Date(now - 2000).toISOString(),
    in_campus: true,
    agent_version: '0.1',
    os: 'Windows 10',
    interval_s: 10,
    highlight: null,
    ...more,
  }
}
