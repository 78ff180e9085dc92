import { describe, expect, test } from 'vitest'
import { gapsOf } from '../src/metrics/gaps'
import { rangeFor, rangeIn } from '../src/metrics/range'
import { tellingMetrics } from '../src/metrics/telling'
import { limitsOf, limitWords, linesOf, withLimits } from '../src/metrics/thresholds'
import { number, valueWords } from '../src/metrics/value'
import { incidentOf } from './rooms'
import { wordsIn } from './words'

const english = wordsIn('en')
const zh = wordsIn('zh-CN')
const GAP = '\u2009'

describe('a value', () => {
  test.each([
    ['system.cpu.utilization', '1', 0.072, `7.2${GAP}%`],
    ['system.cpu.utilization', '1', 0.94, `94${GAP}%`],
    ['classroom.recording.growth', 'By/s', 1_420_000, `1.42${GAP}MB/s`],
    ['system.network.io', 'By/s', 225_000, `1.8${GAP}Mb/s`],
    ['classroom.recording.audio.level', 'dB', -19, `\u221219${GAP}dB`],
    ['hw.temperature', 'Cel', 51.2, `51${GAP}°C`],
    ['hw.battery.time_left', 's', 2460, `41${GAP}min`],
    ['hw.ups.source', '1', 1, 'battery'],
    ['hw.status', '1', 2, 'failed'],
    ['classroom.signal.lock', '1', 1, 'locked'],
    ['process.count', '{process}', 3, '3'],
    ['acme.thing', 'widgets', 3, `3${GAP}widgets`],
  ])('%s in %s', (metric, unit, value, said) => expect(valueWords(metric, unit, value, english)).toBe(said))

  test('is said in Chinese, too', () => {
    expect(valueWords('classroom.recording.frame.rate', '{frame}/s', 30, zh)).toBe(`30${GAP}帧/秒`)
    expect(valueWords('classroom.projector.lamp.time', 'h', 9840, zh)).toBe(`9840${GAP}小时`)
  })
  test('drops zeros that say nothing and never shows a minus zero', () => {
    expect(number(2)).toBe('2')
    expect(number(1.5)).toBe('1.5')
    expect(number(-0.001)).toBe('0')
  })
})

describe('the value axis', () => {
  test.each([
    ['a share that starts near nothing', 0.2, 8.7, [0, 5, 10]],
    ['a share of the whole', 21, 97, [0, 50, 100]],
    ['a full volume', 84.5, 89, [80, 85, 90]],
    ['loudness, from the top', -64, -20, [-80, -40, 0]],
    ['nothing at all', 0, 0, [0, 1e-6, 2e-6]],
  ] as const)('%s', (_, low, high, ticks) => expect(rangeFor(low, high, 100).ticks).toEqual(ticks))

  test('never leaves the cap', () => expect(rangeFor(96, 99.5, 100).max).toBe(100))
  test('begins at nothing for a rate', () => expect(rangeIn(1.2e6, 1.6e6, 1e6, 'By/s').min).toBe(0))
  test('survives having no values', () => expect(rangeFor(Infinity, -Infinity).ticks).toEqual([0, 0.5, 1]))
  test.each(Array.from({ length: 40 }, (_, n) => [n]))('holds its values, whatever they are (%i)', (n) => {
    const low = Math.sin(n) * 10 ** (n % 7)
    const high = low + Math.abs(Math.cos(n * 3)) * 10 ** ((n * 5) % 6)
    const { min, max, ticks } = rangeFor(low, high)
    expect(min).toBeLessThanOrEqual(low + 1e-6)
    expect(max).toBeGreaterThanOrEqual(high - 1e-6)
    expect(ticks[1]).toBeCloseTo((min + max) / 2)
  })
})

describe('gaps', () => {
  test('are where no reading came for longer than the patience, and at the end', () => {
    expect(gapsOf([0, 10, 20, 100, 110], [1, 1, 1, 1, 1], 200, 35)).toEqual([
      { from: 20, to: 100 },
      { from: 110, to: 200 },
    ])
  })
  test('empty buckets are no readings', () => {
    expect(gapsOf([0, 10, 20, 30, 40], [1, null, null, null, 1], 45, 35)).toEqual([{ from: 0, to: 40 }])
  })
  test('before the first reading there is none', () => expect(gapsOf([50], [1], 60, 35)).toEqual([]))
})

describe('the telling metrics', () => {
  const told = (metric: string, instance = '') => ({ metric, instance, unit: '1', value: 0, at: '' })
  const metrics = [
    told('classroom.agent.outbox.depth'),
    told('system.uptime'),
    told('system.cpu.utilization', '0'),
    told('system.cpu.utilization'),
    told('system.memory.utilization'),
    told('system.filesystem.utilization', '/data'),
    told('hw.status', 'disk'),
  ]
  test('are the role\u2019s own in order, the whole device before its parts', () => {
    const found = tellingMetrics('recorder-pc', metrics, []).map((one) => `${one.metric}[${one.instance}]`)
    expect(found).toEqual([
      'system.cpu.utilization[]',
      'system.filesystem.utilization[/data]',
      'system.memory.utilization[]',
    ])
  })
  test('begin with what is wrong now', () => {
    const wrong = incidentOf({ metric: 'hw.status', instance: 'disk' })
    expect(tellingMetrics('recorder-pc', metrics, [wrong])[0]).toMatchObject({ metric: 'hw.status' })
  })
})

describe('a limit', () => {
  const limit = (level: number, value: number, more: object = {}) => ({
    rule: 'cpu-saturated',
    metric: 'system.cpu.utilization',
    instance: '',
    level,
    operator: 'at_least' as const,
    value,
    for_s: 300,
    contexts: null,
    override: null,
    ...more,
  })
  const say = (value: number): string => valueWords('system.cpu.utilization', '1', value, english)

  test('is drawn once, at the worst level that it can have', () => {
    const all = [limit(3, 0.95), limit(2, 0.95, { contexts: ['lesson'] }), limit(3, 0.9, { instance: '0' })]
    expect(limitsOf(all, 'system.cpu.utilization', '').map((one) => one.level)).toEqual([2])
  })
  test('is said with its sign, its time and its context', () => {
    expect(limitWords(limit(2, 0.95, { contexts: ['lesson'] }), say, english)).toBe(
      `≥${GAP}95${GAP}% for ${english('unit.min', { n: 5 })}, in lessons`,
    )
    expect(limitWords(limit(1, 0.05, { operator: 'below', for_s: 60 }), say, zh)).toBe(
      `<${GAP}5${GAP}% 持续 ${zh('unit.s', { n: 60 })}`,
    )
  })
  test.each([
    ['near', 0.8, 0.9, false, [0.8, 0.95]],
    ['far away', 0.01, 0.02, false, [0.01, 0.02]],
    ['far away in trouble', 0.01, 0.02, true, [0.01, 0.95]],
  ])('%s', (_name, low, high, isTroubled, wanted) =>
    expect(withLimits(low, high, [limit(2, 0.95)], isTroubled)).toEqual(wanted),
  )
  test('beyond the range only the nearest is drawn', () => {
    const all = [limit(1, 0.99), limit(2, 0.95), limit(3, 0.9), limit(3, 0.1)]
    expect(linesOf(all, { min: 0, max: 0.5 }, say, english).map((one) => one.value)).toEqual([0.1, 0.9])
  })
})
