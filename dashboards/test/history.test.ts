import { describe, expect, test } from 'vitest'
import { isSilent } from '../src/campus/silence'
import { historyOf } from '../src/pages/room/history'
import type { Correction, Device } from '../src/api/types'
import { incidentOf, roomOf } from './rooms'
import { wordsIn } from './words'

const t = wordsIn('en')
const say = (at: number): string => new Date(at).toISOString().slice(11, 16)
const told = (...incidents: Parameters<typeof historyOf>[1]): string[] =>
  historyOf(roomOf(), incidents, say, 'en', t).map((line) => `${say(line.at)} ${line.text}`)

const correction = (more: Partial<Correction>): Correction => ({
  at: '2026-11-23T11:00:00Z',
  readings: 40,
  onset_at_before: null,
  cleared_at_before: null,
  attribution_before: null,
  ...more,
})

describe('the history of a room', () => {
  test('has a line for what late readings corrected, from what to what', () => {
    const cleared_at = '2026-11-23T10:20:00Z'
    const corrections = [
      correction({ onset_at_before: '2026-11-23T10:06:00Z', attribution_before: 'equipment' }),
    ]
    expect(told(incidentOf({ state: 'cleared', cleared_at, corrections }))).toEqual([
      '11:00 Host is silent, corrected: began at 10:00, not 10:06, only the network was away, the device went on, 40 readings',
      '10:20 Host is silent over, lasted 20 min',
      '10:00 Host is silent',
    ])
  })
  test('tells of two corrections each with what was so after it', () => {
    const corrections = [
      correction({ onset_at_before: '2026-11-23T10:06:00Z' }),
      correction({ at: '2026-11-23T12:00:00Z', onset_at_before: '2026-11-23T10:04:00Z' }),
    ]
    expect(told(incidentOf({ corrections })).slice(0, 2)).toEqual([
      '12:00 Host is silent, corrected: began at 10:00, not 10:04, 40 readings',
      '11:00 Host is silent, corrected: began at 10:04, not 10:06, 40 readings',
    ])
  })
  test('says of a fault that nobody saw at its time that it was detected late', () => {
    expect(told(incidentOf({ late: true }))).toEqual(['10:00 Host is silent, detected late'])
  })
  test('says that the room was out of sight where the fault was elsewhere', () => {
    expect(told(incidentOf({ cause: 'i0', cleared_at: '2026-11-23T10:20:00Z' }))).toEqual([
      '10:20 Seen again',
      '10:00 Out of sight',
    ])
  })
})

describe('a device', () => {
  const device = { id: 'east:a101', state: 'failed', last_seen: '2026-11-23T10:00:00Z' } as Device
  test('is silent while its silence is an incident', () => {
    expect(isSilent(device, [incidentOf()])).toBe(true)
  })
  test('is not silent any more once it was heard, though its incident waits to clear', () => {
    expect(isSilent({ ...device, last_seen: '2026-11-23T10:01:00Z' }, [incidentOf()])).toBe(false)
  })
  test('is not silent for a fault that it tells of itself', () => {
    expect(isSilent(device, [incidentOf({ metric: 'system.cpu.utilization' })])).toBe(false)
  })
  test('is silent while it is out of sight', () => {
    expect(isSilent({ ...device, state: 'unknown' }, [])).toBe(true)
  })
})
