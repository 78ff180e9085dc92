import { describe, expect, test } from 'vitest'
import { byNearest, nearest, stepWord } from '../src/service/clocks'
import { railOf } from '../src/service/legs'
import { sections } from '../src/service/sections'
import { HOUR, MIN, OPENED, iso, ticketOf } from './tickets'

describe('the nearest clock', () => {
  test('is the first that waits, and runs while more than a third is left', () => {
    const near = nearest(ticketOf(), OPENED + 10 * MIN)
    expect(near).toMatchObject({ clock: { step: 'respond' }, leftMs: 20 * MIN, tone: 'running' })
  })
  test('is soon with a third left', () => expect(nearest(ticketOf(), OPENED + 20 * MIN)?.tone).toBe('soon'))
  test('is late from the second it is due', () =>
    expect(nearest(ticketOf(), OPENED + 30 * MIN)?.tone).toBe('late'))
  test('moves on when a step is met', () => {
    const ticket = ticketOf({ state: 'acknowledged', met: { respond: 4 * MIN } })
    expect(nearest(ticket, OPENED + 5 * MIN)?.clock.step).toBe('arrive')
  })
  test('is none once the service is restored, even with a breach in the past', () => {
    const ticket = ticketOf({
      state: 'restored',
      clock: { respond: 'breached', arrive: 'waived' },
      met: { solve: HOUR },
    })
    expect(nearest(ticket, OPENED + 9 * HOUR)).toBeNull()
  })
  test('counts a breach that nobody has made good', () => {
    expect(nearest(ticketOf({ clock: { respond: 'breached' } }), OPENED + HOUR)?.tone).toBe('late')
  })
})

describe('the queue', () => {
  const now = OPENED + 40 * MIN
  const midnight = OPENED + 14 * HOUR
  const late = ticketOf({ id: 1 })
  const hour = ticketOf({ id: 2, opened_at: iso(OPENED), met: { respond: MIN }, state: 'acknowledged' })
  const today = ticketOf({ id: 3, met: { respond: MIN, arrive: 30 * MIN }, state: 'on_site' })
  const paused = ticketOf({
    id: 4,
    clock: { respond: 'paused', arrive: 'paused', solve: 'paused' },
    paused_at: iso(OPENED + MIN),
  })
  const done = ticketOf({ id: 5, state: 'resolved' })

  test('sorts by the nearest clock, the paused and the settled last', () => {
    expect(byNearest([done, paused, today, hour, late], now).map((ticket) => ticket.id)).toEqual([
      1, 2, 3, 4, 5,
    ])
  })
  test('has its sections in order and leaves out the empty ones', () => {
    const at = OPENED + 65 * MIN
    const found = sections([done, paused, today, hour, late], at, midnight)
    expect(found.map(({ section, tickets }) => [section, tickets.map((ticket) => ticket.id)])).toEqual([
      ['late', [1]],
      ['hour', [2]],
      ['today', [3]],
      ['later', [4]],
      ['done', [5]],
    ])
  })
})

describe('the clock rail', () => {
  test('has equal legs on scales of their own, and the needle is the time that has passed', () => {
    const rail = railOf(ticketOf({ state: 'acknowledged', met: { respond: 271_000 } }), OPENED + 65 * MIN)
    expect(rail.needle).toMatchObject({ leg: 1, tone: 'running' })
    expect(rail.needle?.share).toBeCloseTo(35 / 90)
    expect(rail.legs.map((leg) => leg.look)).toEqual(['done', 'running', 'ahead'])
    expect(rail.legs[0]?.met).toBeCloseTo(271 / 1800)
  })
  test('an early answer leaves the needle in its leg', () => {
    const rail = railOf(ticketOf({ state: 'acknowledged', met: { respond: 3 * MIN } }), OPENED + 6 * MIN)
    expect(rail.needle).toMatchObject({ leg: 0, share: 0.2 })
    expect(rail.legs[0]).toMatchObject({ look: 'done', fill: 0.2, met: 0.1 })
    expect(rail.legs[1]).toMatchObject({ look: 'ahead', fill: 0 })
  })
  test('a late leg is whole and crossed, and the needle goes on', () => {
    const rail = railOf(ticketOf(), OPENED + 39 * MIN)
    expect(rail.legs[0]).toMatchObject({ look: 'late', fill: 1, crossed: true })
    expect(rail.needle).toMatchObject({ leg: 1, tone: 'late' })
    expect(rail.needle?.share).toBeCloseTo(0.1)
  })
  test('beyond the last gate the needle stays at the end', () => {
    expect(railOf(ticketOf(), OPENED + 20 * HOUR).needle).toMatchObject({ leg: 2, share: 1 })
  })
  test('a paused needle stands where it stopped', () => {
    const ticket = ticketOf({
      clock: { respond: 'paused', arrive: 'paused', solve: 'paused' },
      paused_at: iso(OPENED + 15 * MIN),
    })
    expect(railOf(ticket, OPENED + 5 * HOUR).needle).toEqual({ leg: 0, share: 0.5, tone: 'paused' })
  })
  test('a waived step is a dotted leg', () => {
    const rail = railOf(
      ticketOf({ state: 'restored', met: { respond: MIN, solve: HOUR }, clock: { arrive: 'waived' } }),
      OPENED + 2 * HOUR,
    )
    expect(rail.legs.map((leg) => leg.look)).toEqual(['done', 'waived', 'done'])
    expect(rail.needle).toBeNull()
  })
  test('an expected arrival stands on it', () => {
    const rail = railOf(ticketOf({ expected_at: iso(OPENED + 75 * MIN) }), OPENED + MIN)
    expect(rail.promised).toEqual({ leg: 1, share: 0.5 })
  })
  test('a ticket without clocks has none', () => {
    expect(railOf({ ...ticketOf(), clocks: [] }, OPENED)).toEqual({ legs: [], needle: null, promised: null })
  })
})

test('solving may be done by a swap where no clock of its own runs for it', () => {
  expect(stepWord(ticketOf(), 'solve')).toBe('solveOrSwap')
  expect(stepWord(ticketOf(), 'respond')).toBe('respond')
})
