import { describe, expect, test } from 'vitest'
import type { Cause } from '../src/campus/condition'
import { headlineOf, shortSite } from '../src/pages/wall/headline'
import { en } from '../src/words/en'
import { metricName } from '../src/words/metrics'
import { inSentence } from '../src/words/place'
import { age, midnightAfter, minuteOf, span, whenOf } from '../src/words/time'
import { zhCN } from '../src/words/zh-CN'
import { incidentOf, roomOf } from './rooms'
import { wordsIn } from './words'

const zh = wordsIn('zh-CN')
const english = wordsIn('en')

interface Tree {
  [key: string]: string | Tree
}

function flat(tree: Tree, path = ''): [string, string][] {
  return Object.entries(tree).flatMap(([key, value]): [string, string][] =>
    typeof value === 'string' ? [[path + key, value]] : flat(value, `${path}${key}.`),
  )
}

const counted = (key: string): string => key.replace(/_(one|other)$/, '')
const blanks = (text: string): string[] =>
  [...text.matchAll(/\{\{(\w+)\}\}/g)].map((found) => found[1] ?? '').sort()

describe('the words', () => {
  const inEnglish = flat(en)
  const inChinese = flat(zhCN)

  test('are the same in both languages', () => {
    const keys = (list: [string, string][]): string[] =>
      [...new Set(list.map(([key]) => counted(key)))].sort()
    expect(keys(inChinese)).toEqual(keys(inEnglish))
  })
  test('leave the same blanks', () => {
    const other = new Map(inChinese.map(([key, text]) => [counted(key), text]))
    for (const [key, text] of inEnglish)
      if (!key.endsWith('_one'))
        expect([key, blanks(other.get(counted(key)) ?? '')]).toEqual([key, blanks(text)])
  })
  test('counted ones have both English forms', () => {
    const keys = new Set(inEnglish.map(([key]) => key))
    for (const key of keys) if (key.endsWith('_one')) expect(keys).toContain(key.replace(/_one$/, '_other'))
  })
  test('keep to straight apostrophes and commas, which the font draws narrow', () => {
    for (const [, text] of inEnglish) expect(text).not.toMatch(/[\u2018\u2019\u201c\u201d\u00b7]/)
  })
  test('do not exclaim, plead or blame', () => {
    for (const [, text] of [...inEnglish, ...inChinese])
      expect(text).not.toMatch(/[!！]|\bplease\b|\bsorry\b|请[^管]/i)
  })
  test('call one thing by one word', () => {
    for (const [, text] of inEnglish) expect(text).not.toMatch(/\balert|\balarm|\backed\b|\bresponse\b/i)
  })
})

describe('sentences of the design', () => {
  test.each([
    [zh('wall.well'), '一切正常'],
    [english('wall.well'), 'All is well'],
    [zh('wall.recordingAll', { count: 100 }), '100 间正在录制，全部在增长'],
    [english('wall.recordingAll', { count: 100 }), '100 rooms recording, all growing'],
    [zh('wall.railEmpty'), '没有工单。有事时会自动开单'],
    [english('wall.railEmpty'), 'No tickets. One opens by itself when something breaks'],
    [zh('wall.stopped', { time: '10:37:32' }), '画面停在 10:37:32'],
    [english('live.stopped', { time: '10:37:32' }), 'Stopped at 10:37:32, anything below may have changed'],
    [zh('clock.respondLeft'), '响应剩'],
    [english('clock.respondLeft'), 'Respond within'],
    [zh('clock.kept', { digits: '04:31' }), '04:31 守住'],
  ])('%s', (said, meant) => expect(said).toBe(meant))
})

describe('the headline', () => {
  const counts = { l1: 0, l2: 0, l3: 0, unknown: 0, off: 0, recording: 0, rooms: 10 }
  const known = {
    causes: [] as Cause[],
    counts,
    devices: 60,
    room: (id: string) => roomOf({ id, name: id.split('/')[1]?.toUpperCase() }),
    device: () => ({ id: 'lake:gw:switch-2', name: 'Switch 2', role: 'switch' }),
    site: () => ({ ...site, name: '江州大学 ・ 南湖校区' }),
  }
  const site = {
    id: 'lake',
    name: '',
    time_zone: 'Asia/Shanghai',
    in_campus: true,
    state: 'ok' as const,
    level: null,
    counts: { ok: 0, degraded: 0, failed: 0, unknown: 0, off: 0 },
    rooms: { total: 1, recording: 0, unknown: 0 },
  }
  const cause = (more: Partial<Cause> = {}): Cause => ({
    level: 1,
    site: 'lake',
    room: 'lake/w201',
    siteWide: false,
    hidden: 0,
    since: '2026-11-23T10:00:00Z',
    incident: incidentOf(),
    ticket: null,
    ...more,
  })

  test('says that all is well, and what records', () => {
    const calm = { ...known, counts: { ...counts, l3: 2, recording: 4 } }
    expect(headlineOf(calm, english, 'en')).toEqual({
      glyph: null,
      sentence: 'All is well',
      note: '4 rooms recording, all growing',
    })
  })
  test('names the site whose link is down by its last name', () => {
    const down = {
      ...known,
      causes: [cause({ siteWide: true, hidden: 32 })],
      counts: { ...counts, l1: 1, unknown: 32 },
    }
    expect(headlineOf(down, zh, 'zh-CN')).toMatchObject({ glyph: '1', sentence: '南湖校区断网' })
  })
  test('names the switch that hides a part of a site, and how many rooms', () => {
    const part = {
      ...known,
      causes: [cause({ room: null, hidden: 4 }), cause({ level: 2 })],
      counts: { ...counts, l1: 1, l2: 1, unknown: 4 },
    }
    expect(headlineOf(part, english, 'en')).toMatchObject({
      sentence: 'Switch 2: 4 rooms out of sight',
      note: 'Also host is silent in 1 room',
    })
  })
  test('names the site where its link hides a part of it, and not the id of the link', () => {
    const link = {
      ...known,
      device: () => ({ id: 'lake:site-link', name: '', role: 'site-link' }),
      causes: [cause({ room: null, hidden: 4 })],
      counts: { ...counts, l1: 1, unknown: 4 },
    }
    expect(headlineOf(link, zh, 'zh-CN').sentence).toBe('南湖校区失联，4 间看不见')
  })
  test('names the room otherwise, and counts the rest', () => {
    const both = {
      ...known,
      causes: [cause(), cause({ level: 2, incident: incidentOf({ rule: 'x' }) })],
      counts: { ...counts, l1: 1, l2: 1 },
    }
    expect(headlineOf(both, english, 'en')).toEqual({
      glyph: '1',
      sentence: 'W201: host is silent',
      note: 'Also host is silent in 1 room',
    })
  })
  test('says only what is out of sight when nothing else is known', () => {
    expect(headlineOf({ ...known, counts: { ...counts, unknown: 2 } }, english, 'en')).toMatchObject({
      glyph: 'unknown',
      sentence: '2 rooms out of sight',
    })
  })
  test('keeps an abbreviation large', () => {
    expect(inSentence('UPS on battery', 'en')).toBe('UPS on battery')
    expect(inSentence('Host is silent', 'en')).toBe('host is silent')
    expect(shortSite('Jiangzhou University, East campus')).toBe('East campus')
  })
})

describe('time in words', () => {
  test.each([
    [760_000, '12 min 40 s', '12 分 40 秒'],
    [3_900_000, '1 h 5 min', '1 小时 5 分'],
    [59_000, '59 s', '59 秒'],
    [7_200_000, '2 h', '2 小时'],
  ])('a span of %i ms', (ms, said, chinese) => {
    expect(span(ms, english)).toBe(said)
    expect(span(ms, zh)).toBe(chinese)
  })
  test('an age has one unit, and tenths while it is young', () => {
    expect(age(600, zh)).toBe('0.6 秒')
    expect(age(372_000, english)).toBe('6 min')
  })
  test('an instant is said as near as it is', () => {
    const now = Date.parse('2026-11-23T02:37:00Z')
    const zone = 'Asia/Shanghai'
    expect(minuteOf(now, zone)).toBe('10:37')
    expect(whenOf(now + 3_600_000, now, english, zone)).toBe('11:37')
    expect(whenOf(Date.parse('2026-11-24T01:12:00Z'), now, zh, zone)).toBe('明天 09:12')
    expect(midnightAfter(now, zone)).toBe(Date.parse('2026-11-23T16:00:00Z'))
  })
})

test('a metric is called by its name, a foreign one by its own', () => {
  expect(metricName('system.cpu.utilization', '', 'zh-CN')).toBe('CPU 使用率')
  expect(metricName('acme.pressure', 'north', 'en')).toBe('acme.pressure north')
})
