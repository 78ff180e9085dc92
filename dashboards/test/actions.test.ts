import { expect, test } from 'vitest'
import type { Action } from '../src/api/types'
import { nextAction, otherActions } from '../src/service/actions'
import { countsOf, fitting } from '../src/service/queue'
import { MIN, OPENED, iso, ticketOf } from './tickets'

const ALL: Action[] = [
  'acknowledge',
  'dispatch',
  'arrive',
  'restore',
  'resolve',
  'close',
  'pause',
  'resume',
  'comment',
]

test.each([
  ['open', {}, 'acknowledge'],
  ['acknowledged, nobody sent', { state: 'acknowledged', met: { respond: MIN } }, 'dispatch'],
  ['on the way', { state: 'acknowledged', met: { respond: MIN }, expected_at: iso(OPENED) }, 'arrive'],
  ['on site', { state: 'on_site', met: { respond: MIN, arrive: MIN } }, 'restore'],
  ['restored', { state: 'restored' }, 'resolve'],
  ['resolved', { state: 'resolved' }, 'close'],
  ['closed', { state: 'closed' }, null],
  ['paused', { paused_at: iso(OPENED) }, 'resume'],
] as const)('the next sensible action of a ticket that is %s', (_, spec, action) => {
  expect(nextAction(ticketOf({ ...spec, actions: ALL }))).toBe(action)
})

test('an action that the server does not allow is never offered', () => {
  const ticket = ticketOf({ actions: ['comment'] })
  expect(nextAction(ticket)).toBeNull()
  expect(otherActions(ticket)).toEqual([])
})

test('a complaint is settled before its ticket is closed', () => {
  const resolved = ticketOf({ state: 'resolved', actions: ['complain', 'settle', 'comment'] })
  expect(nextAction(resolved)).toBe('settle')
  expect(otherActions(resolved)).toEqual(['complain'])
})

test('clocks are either paused or resumed', () => {
  expect(otherActions(ticketOf({ actions: ALL }))).toContain('pause')
  expect(otherActions(ticketOf({ actions: ALL }))).not.toContain('resume')
})

test('the queue finds by room, person and title in any language', () => {
  const tickets = [
    ticketOf({
      id: 1,
      room_name: 'B205',
      words: { 'zh-CN': { title: '画面冻结', symptom: '', causes: [], advice: '' } },
    }),
    ticketOf({ id: 2, assignee: 'Li Na', state: 'acknowledged' }),
    ticketOf({ id: 3, state: 'closed' }),
  ]
  const ids = (find: string): number[] =>
    fitting(tickets, { filter: 'live', find }).map((ticket) => ticket.id)
  expect(ids('b205')).toEqual([1])
  expect(ids('li na')).toEqual([2])
  expect(ids('画面')).toEqual([1])
  expect(countsOf(tickets, 'Li Na')).toEqual({
    live: 2,
    mine: 1,
    unclaimed: 1,
    urgent: 2,
    visits: 0,
    closed: 1,
  })
})
