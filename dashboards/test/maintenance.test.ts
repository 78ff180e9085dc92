import { describe, expect, test } from 'vitest'
import { causes } from '../src/campus/condition'
import { laneOf } from '../src/campus/lane'
import { faceOf, tapeOf } from '../src/campus/tile'
import { instantOf, localText, plannedTimes } from '../src/service/maintenance'
import { incidentOf, lesson, roomOf } from './rooms'

const SHANGHAI = 'Asia/Shanghai'
const UNTIL = '2026-11-23T22:00:00Z'

describe('a room in maintenance', () => {
  test('shows only that, whatever else is wrong', () => {
    const room = roomOf({ maintenance: UNTIL, level: 1, state: 'failed', lesson: lesson(true) })
    expect(faceOf(room)).toBe('maintenance')
    expect(tapeOf(room, 0)).toBeNull()
  })
  test('has no causes for the headline', () => {
    const campus = { sites: [], rooms: [], tickets: [], device: () => undefined }
    expect(causes({ ...campus, incidents: [incidentOf({ maintenance: true, ticket: null })] })).toEqual([])
    expect(causes({ ...campus, incidents: [incidentOf()] })).toHaveLength(1)
  })
  test('has its times on the lane, over what was wrong meanwhile', () => {
    const day = { start: 0, end: 86_400_000, now: 50_000_000, seenFrom: 0, gaps: [] }
    const works = [{ start: new Date(3_600_000).toISOString(), end: new Date(7_200_000).toISOString() }]
    const held = incidentOf({ maintenance: true, onset_at: new Date(4_000_000).toISOString() })
    const lane = laneOf({ ...day, works, incidents: [held] })
    expect(lane.map((stretch) => [stretch.kind, stretch.from, stretch.to])).toEqual([
      ['ok', 0, 50_000_000],
      ['maintenance', 3_600_000, 7_200_000],
    ])
  })
})

describe('planned times', () => {
  test('are those of the site, there and back', () => {
    const at = Date.parse('2026-11-23T14:00:00Z')
    expect(localText(at, SHANGHAI)).toBe('2026-11-23T22:00')
    expect(instantOf('2026-11-23T22:00', SHANGHAI)).toBe(at)
    expect(instantOf('2026-07-01T08:30', 'Europe/Berlin')).toBe(Date.parse('2026-07-01T06:30:00Z'))
  })
  test('end after they begin', () => {
    expect(plannedTimes('2026-11-23T22:00', '2026-11-23T21:00', SHANGHAI)).toBeNull()
    expect(plannedTimes('', '2026-11-23T21:00', SHANGHAI)).toBeNull()
    expect(plannedTimes('2026-11-23T22:00', '2026-11-24T06:00', SHANGHAI)).toEqual({
      start: '2026-11-23T14:00:00.000Z',
      end: '2026-11-23T22:00:00.000Z',
    })
  })
})
