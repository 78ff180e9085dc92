import { expect, test } from 'vitest'
import type { Foresight } from '../src/api/types'
import { failingWords, wearingWords } from '../src/service/foresight'
import { wordsIn } from './words'

const zh = wordsIn('zh-CN')
const en = wordsIn('en')
const NOW = Date.parse('2026-11-28T12:00:00Z')
const PART = {
  device: 'south:gw:p1',
  name: 'Projector',
  role: 'projector',
  model: 'E X',
  site: 'south',
  site_name: 'South',
  room: 'south/w201',
  room_name: 'W201',
}
const UNIT: Foresight['failing'][number] = {
  ...PART,
  failures: 9,
  years: 1,
  rate: 9,
  rate_low: 4.7,
  rate_high: 15.7,
  model_peers: { units: 20, failures: 20, years: 20, rate: 1, chance: 0.00001 },
  site_peers: null,
}
const LAMP: Foresight['wearing'][number] = {
  ...PART,
  kind: 'lamp',
  metric: 'classroom.projector.lamp.time',
  instance: '1',
  value: 2800,
  limit: 3000,
  per_day: 8,
  days: 40,
  due_at: '2026-12-23T12:00:00Z',
  earliest_at: '2026-12-20T12:00:00Z',
  latest_at: '2026-12-27T12:00:00Z',
}

test('a unit is told beside the others of its model', () => {
  expect(failingWords(UNIT, en)).toBe(
    '9 failures, 9.0 a year (4.7 to 16); 20 others of its model: 1.0 a year',
  )
  expect(failingWords(UNIT, zh)).toBe('故障 9 次，年均 9.0 次（4.7 到 16），同型号另 20 台年均 1.0 次')
  expect(failingWords({ ...UNIT, model_peers: null }, en)).toBe('9 failures, 9.0 a year (4.7 to 16)')
})

test('a part that wears is told with its days', () => {
  expect(wearingWords(LAMP, NOW, en)).toBe('Lamp 1 worn out about 2026-12-23 (2026-12-20 to 2026-12-27)')
  expect(wearingWords({ ...LAMP, latest_at: null }, NOW, en)).toContain('from 2026-12-20 on')
  expect(wearingWords({ ...LAMP, due_at: '2026-11-01T00:00:00Z' }, NOW, zh)).toBe('灯泡 1 已到寿命')
})

test('what was seen for a short time is told by counts, not by rates a year', () => {
  const peers = { units: 10, failures: 2, years: 0.04, rate: 50, chance: 0.001 }
  const brief = { ...UNIT, failures: 3, years: 28 / 365.25, model_peers: peers }
  expect(failingWords(brief, en)).toBe('3 failures in 28 d; 10 others of its model: 2 in that time')
  expect(failingWords({ ...brief, model_peers: null, site_peers: peers }, zh)).toBe(
    '28 天 里故障 3 次，当地同类另 10 台同期 2 次',
  )
})
