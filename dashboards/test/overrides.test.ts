import { describe, expect, test } from 'vitest'
import type { Override, RuleForm } from '../src/api/types'
import { changedLines, writtenAt } from '../src/service/overrides'
import { wordsIn } from './words'

const t = wordsIn('en')
const unitOf = (metric: string): string | undefined => (metric === 'system.cpu.utilization' ? '1' : undefined)

function form(value: number, more: Partial<RuleForm> = {}): RuleForm {
  return {
    key: 'cpu-saturated',
    metric: 'system.cpu.utilization',
    raises: { text: `>= ${value}`, for_s: 300, operator: 'at_least', value },
    clears: { text: '< 0.85', for_s: 300, operator: 'below', value: 0.85 },
    levels: [2, 3],
    ...more,
  }
}

function overrideOf(own: RuleForm[], here: RuleForm[]): Override {
  return {
    rule: 'cpu-saturated',
    words: {},
    at: '/etc/roomtone/campus.yaml:5:5',
    why: 'it encodes four streams',
    place: { site: null, room: 's/r', device: null, instances: null },
    instances: [''],
    own,
    here,
  }
}

describe('what an override changes', () => {
  test('is told by what differs, in the unit of the metric', () => {
    expect(changedLines(overrideOf([form(0.95)], [form(0.99, { levels: [3] })]), unitOf, t)).toEqual([
      { what: 'raises', own: '≥\u200995\u2009%', here: '≥\u200999\u2009%' },
      { what: 'levels', own: '2, 3', here: '3' },
    ])
  })
  test('is told in signs where it is no number', () => {
    const booked = { text: 'booked as recorded', for_s: 60, operator: null, value: null }
    const lines = changedLines(overrideOf([form(0.95)], [form(0.95, { raises: booked })]), unitOf, t)
    expect(lines.map(({ what, here }) => [what, here])).toEqual([
      ['raises', 'booked as recorded'],
      ['holds', '60 s'],
    ])
  })
  test('has no lines where the rule is off', () => {
    expect(changedLines(overrideOf([form(0.95)], []), unitOf, t)).toEqual([])
  })
  test('names the rung that is new here, each line once', () => {
    const lines = changedLines(overrideOf([form(0.95)], [form(0.95), form(0.99), form(0.99)]), unitOf, t)
    expect(lines[0]).toEqual({ what: 'raises', own: 'nothing', here: '≥\u200999\u2009%' })
    expect(new Set(lines.map((line) => JSON.stringify(line))).size).toBe(lines.length)
  })
})

test('where an override is written is its file and line', () => {
  expect(writtenAt('/etc/roomtone/campus.yaml:5:5')).toEqual({ file: 'campus.yaml', line: '5' })
  expect(writtenAt('C:\\roomtone\\campus.yaml:12:3')).toEqual({ file: 'campus.yaml', line: '12' })
})
