import { describe, expect, test, vi } from 'vitest'
import { ageOf, blindFor, freshnessOf } from '../src/live/freshness'
import type { Notice } from '../src/api/types'
import { LiveStore } from '../src/live/store'
import { openIn } from '../src/service/notices'
import { roomOf } from './rooms'

describe('freshness', () => {
  const heard = { streamAt: 0, dataAt: 0, intervalS: 1 }
  test.each([
    [9_900, 'live'],
    [10_000, 'late'],
    [29_900, 'late'],
    [30_000, 'blind'],
  ] as const)('after %i ms without a message it is %s', (ms, state) =>
    expect(freshnessOf(heard, ms, ms)).toBe(state),
  )

  test('agents that talk each ten seconds are given their time', () => {
    const slow = { streamAt: 12_000, dataAt: 0, intervalS: 10 }
    expect(freshnessOf(slow, 12_000, 12_000)).toBe('live')
    expect(freshnessOf({ ...slow, streamAt: 16_000 }, 16_000, 16_000)).toBe('late')
  })
  test('a campus that is off is silent and not blind', () => {
    expect(freshnessOf({ streamAt: 90_000, dataAt: 0, intervalS: null }, 90_000, 90_000)).toBe('live')
  })
  test('the age is that of the data, whoever is silent', () => {
    expect(ageOf({ streamAt: 1000, dataAt: 0, intervalS: null }, 4000)).toBe(4000)
    expect(ageOf({ streamAt: null, dataAt: null, intervalS: null }, 0)).toBeNull()
  })
  test('a page is blind since its line went silent, else since the data did', () => {
    expect(blindFor({ streamAt: 0, dataAt: -5000, intervalS: 1 }, 40_000, 40_000)).toBe(40_000)
    expect(blindFor({ streamAt: 39_500, dataAt: 0, intervalS: 1 }, 40_000, 40_000)).toBe(40_000)
  })
})

describe('the store', () => {
  test('tells only those who watch what changed', () => {
    const store = new LiveStore()
    const [one, other, any] = [vi.fn(), vi.fn(), vi.fn()]
    store.watch('room:east/a101', one)
    store.watch('room:east/a102', other)
    store.watch('room', any)
    store.put('room', [roomOf({ id: 'east/a101' })])
    expect([one, other, any].map((spy) => spy.mock.calls.length)).toEqual([1, 0, 1])
  })
  test('gives the same list until something of the kind changes', () => {
    const store = new LiveStore()
    store.put('room', [roomOf()])
    const list = store.all('room')
    store.put('device', [])
    expect(store.all('room')).toBe(list)
    store.put('room', [roomOf({ level: 1 })])
    expect(store.all('room')).not.toBe(list)
  })
  test('a snapshot forgets what it does not name', () => {
    const store = new LiveStore()
    store.put('room', [roomOf({ id: 'gone/1' })])
    const pulse = { now: '', data_at: null, data_age_s: null, readings_per_s: 0 }
    store.replace({ pulse, items: [], sites: [], rooms: [roomOf()], incidents: [], tickets: [], notices: [] })
    expect(store.all('room').map((room) => room.id)).toEqual(['east/a101'])
    expect(store.loaded).toBe(true)
  })
  test('who stops watching hears no more', () => {
    const store = new LiveStore()
    const spy = vi.fn()
    store.watch('room', spy)()
    store.put('room', [roomOf()])
    expect(spy).not.toHaveBeenCalled()
  })
})

test('a room shows the notices that are open in it, the latest first', () => {
  const notice = (id: string, onset_at: string, more: Partial<Notice> = {}): Notice => ({
    id,
    state: 'open',
    site: 'east',
    room: 'east/a101',
    room_name: 'A101',
    device: 'east:pc',
    metric: '',
    instance: '',
    rule: 'sound-low',
    value: null,
    onset_at,
    detected_at: onset_at,
    cleared_at: null,
    words: {},
    ...more,
  })
  const told = [
    notice('old', '2026-11-23T10:00:00Z'),
    notice('new', '2026-11-23T10:10:00Z'),
    notice('over', '2026-11-23T10:20:00Z', { state: 'cleared' }),
    notice('elsewhere', '2026-11-23T10:30:00Z', { room: 'east/a102' }),
  ]
  expect(openIn(told, 'east/a101').map((one) => one.id)).toEqual(['new', 'old'])
})
