import { describe, expect, test } from 'vitest'
import type { Agent } from '../src/api/types'
import { conditionOf, notesOf } from '../src/pages/agents/condition'
import { wordsIn } from './words'

const zh = wordsIn('zh-CN')
const english = wordsIn('en')

function agentOf(more: Partial<Agent> = {}): Agent {
  return {
    id: 'east:pc1',
    site: 'east',
    room: 'a101',
    state: 'ok',
    last_seen: null,
    born_at: null,
    agent_version: '0.1.0',
    os: 'Debian 12',
    address: '10.0.0.5',
    serial: 'A',
    fingerprint: 'u1',
    spool: 'disk',
    moved: false,
    trouble: { in_memory: false, clock_jumps: 0, untold_sleeps: 0, network_changes: 0 },
    computers: [],
    config: { version: 2, newest: 2, state: 'applied', error: '' },
    enrolled_at: '2026-11-01T08:00:00Z',
    enrolled_by: 'admin',
    revoked_at: null,
    revoked_by: null,
    ...more,
  }
}

const CLONES: Agent['computers'] = [
  { label: '10.0.0.5 A', heard_at: '2026-11-01T08:00:00Z' },
  { label: '10.0.0.9 B', heard_at: '2026-11-01T08:00:00Z' },
]

describe('an agent', () => {
  test('that is as it should be has nothing said of it', () =>
    expect(notesOf(agentOf(), english)).toEqual([]))
  test('that is cloned names both computers', () =>
    expect(notesOf(agentOf({ computers: CLONES }), english)).toEqual([
      'Two computers report as this one: 10.0.0.5 A, 10.0.0.9 B',
    ]))
  test('on a disk that forgets says so', () =>
    expect(notesOf(agentOf({ spool: 'volatile' }), zh)).toEqual(['磁盘上等待发送的数据过不了重启']))
  test('tells what its computer went through', () =>
    expect(
      notesOf(
        agentOf({
          spool: 'volatile',
          trouble: { in_memory: true, clock_jumps: 2, untold_sleeps: 1, network_changes: 0 },
        }),
        english,
      ),
    ).toEqual([
      'Its disk is full, read-only or broken: readings wait in memory',
      'Its clock jumped 2 times since the agent began',
      'It slept once without saying so',
    ]))
  test('that is revoked has only that said of it', () =>
    expect(
      notesOf(agentOf({ computers: CLONES, revoked_at: '2026-11-02T08:00:00Z', revoked_by: 'li' }), english),
    ).toEqual(['Revoked by li']))
})

describe('the agents', () => {
  test('in order are one sentence', () => {
    expect(conditionOf([agentOf()], english)).toBe('1 agent, on a computer of its own')
    expect(conditionOf([agentOf(), agentOf()], english)).toBe('2 agents, each on a computer of its own')
  })
  test('in trouble are counted by it', () =>
    expect(
      conditionOf(
        [
          agentOf({ computers: CLONES }),
          agentOf({ config: { version: 2, newest: 3, state: 'rolled_back', error: 'x' } }),
          agentOf({ spool: 'volatile' }),
        ],
        english,
      ),
    ).toBe('3 agents, 1 cloned, 1 did not take its new configuration, 1 with a disk that forgets'))
  test('that are none say what to do', () => expect(conditionOf([], zh)).toContain('登记第一台教室电脑'))
})
