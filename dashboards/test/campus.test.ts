import { describe, expect, test } from 'vitest'
import { causes, countsOf, isWell, othersByKind, siteCause } from '../src/campus/condition'
import { changesOfIncident, merged, sightOf, stepOf } from '../src/campus/change'
import { isFirstRun } from '../src/campus/first'
import { gapFor, heightOf, onShow, PER_ROW, sizeFor, WALL_HEIGHT } from '../src/campus/grid'
import { laneOf } from '../src/campus/lane'
import { faceOf, isTimed, tapeOf } from '../src/campus/tile'
import { incidentOf, lesson, roomOf } from './rooms'
import { ticketOf } from './tickets'

const NONE = { ok: 0, degraded: 0, failed: 0, unknown: 0, off: 0 }

describe('a tile', () => {
  test.each([
    ['level 1 before all', { level: 1, recorder_state: 'unknown' }, 'l1'],
    ['level 2 before unseen', { level: 2, recorder_state: 'unknown' }, 'l2'],
    ['unseen before level 3', { level: 3, recorder_state: 'unknown' }, 'unknown'],
    ['level 3 before off', { level: 3, counts: { ...NONE, off: 3 } }, 'l3'],
    [
      'unseen where the room has no recorder and nothing is seen',
      { state: 'unknown', recorder_state: null },
      'unknown',
    ],
    ['off when all devices are', { counts: { ...NONE, off: 3 }, state: 'off' }, 'off'],
    ['not off while one device is on', { counts: { ...NONE, off: 3, ok: 1 } }, 'idle'],
    ['recording', { recording: { active: true, since: null }, lesson: lesson(true) }, 'recording'],
    ['a lesson that is not recorded', { lesson: lesson(false) }, 'lesson'],
    ['idle', {}, 'idle'],
  ] as const)('shows %s', (_, more, face) => expect(faceOf(roomOf(more))).toBe(face))

  test.each([
    ['that a fault is being timed', { pending: true }, true],
    ['that beside a recording', { pending: true, recording: { active: true, since: null } }, true],
    ['only the level where there is one', { pending: true, level: 3 }, false],
    ['only the maintenance', { pending: true, maintenance: '2026-11-23T12:00:00Z' }, false],
    ['nothing of the kind', {}, false],
  ] as const)('says %s', (_, more, timed) => expect(isTimed(roomOf(more))).toBe(timed))

  const half = Date.parse('2026-11-23T10:30:00Z')
  test.each([
    [
      'filled to the elapsed share',
      { lesson: lesson(true), recording: { active: true, since: null } },
      { kind: 'recording', share: 0.5 },
    ],
    ['grey where nothing is to be recorded', { lesson: lesson(false) }, { kind: 'lesson', share: 0.5 }],
    [
      'an empty slot where it should record and does not',
      { lesson: lesson(true) },
      { kind: 'slot', share: 0 },
    ],
    [
      'no slot where nobody says whether it records',
      { lesson: lesson(true), recording: { active: null, since: null } },
      { kind: 'lesson', share: 0.5 },
    ],
    [
      'kept under a level',
      { level: 2, lesson: lesson(true), recording: { active: true, since: null } },
      { kind: 'recording', share: 0.5 },
    ],
    ['absent when idle', {}, null],
    ['absent when unseen', { recorder_state: 'unknown', lesson: lesson(true) }, null],
  ] as const)('has a tape %s', (_, more, tape) => expect(tapeOf(roomOf(more), half)).toEqual(tape))
})

describe('the wall', () => {
  const site = (id: string, rooms: number, level: number | null = null) => ({ site: { id, level }, rooms })

  test('shows the eight sites of the pictures at the large step', () => {
    const sites = [32, 32, 28, 28, 24, 24, 20, 14].map((rooms, n) => site(`s${n}`, rooms))
    expect(sizeFor(sites)).toBe('large')
    expect(gapFor('large', sites)).toBe(13)
  })
  test.each([
    [210, 'large'],
    [290, 'medium'],
    [540, 'small'],
  ] as const)('holds %i rooms of eight sites at %s at the least', (rooms, size) => {
    const sites = Array.from({ length: 8 }, (_, n) => site(`s${n}`, Math.floor((rooms + n) / 8)))
    const order = ['small', 'medium', 'large']
    expect(order.indexOf(sizeFor(sites))).toBeGreaterThanOrEqual(order.indexOf(size))
    expect(heightOf(sizeFor(sites), sites)).toBeLessThanOrEqual(WALL_HEIGHT)
  })
  test('lets sites take turns when not all fit, and keeps those in trouble', () => {
    const sites = Array.from({ length: 24 }, (_, n) => site(`s${n}`, 2 * PER_ROW.small, n === 5 ? 1 : null))
    const seen = new Set<string>()
    for (let turn = 0; turn < 4; turn += 1) {
      const shown = onShow(sites, turn)
      expect(heightOf('small', shown)).toBeLessThanOrEqual(WALL_HEIGHT)
      expect(shown.map((entry) => entry.site.id)).toContain('s5')
      for (const entry of shown) seen.add(entry.site.id)
    }
    expect(seen.size).toBe(24)
  })
})

describe('the condition', () => {
  const rooms = [
    ...['n101', 'n102', 'n103'].map((name) =>
      roomOf({ id: `lake/${name}`, site: 'lake', recorder_state: 'unknown', state: 'unknown' }),
    ),
    roomOf({ id: 'east/a101', level: 1 }),
  ]
  const incidents = [
    incidentOf({ id: 'a', ticket: 1 }),
    incidentOf({ id: 'b', ticket: 2, site: 'lake', room: null, device: 'lake:core', rule: 'device-silent' }),
    incidentOf({ id: 'c', site: 'lake', room: 'lake/n101', cause: 'b' }),
    incidentOf({ id: 'd', room: 'east/a102', level: 2, rule: 'picture-frozen' }),
  ]
  const all = causes({
    rooms,
    sites: [],
    incidents,
    tickets: [ticketOf({ id: 2 })],
    device: (id) => ({ role: id === 'lake:core' ? 'switch' : 'recorder-pc' }),
  })

  test('is one cause for a site whose link is down, before a single room', () => {
    expect(all.map((cause) => cause.incident.id)).toEqual(['b', 'a', 'd'])
    expect(all[0]).toMatchObject({ siteWide: true, hidden: 3, ticket: { id: 2 } })
  })
  test('is the link of a site where nobody wrote down what it hangs on', () => {
    const hidden = ['lake/a', 'lake/b'].map((id) =>
      roomOf({ id, site: 'lake', state: 'unknown', recorder_state: 'unknown' }),
    )
    const [found] = causes({
      sites: [],
      rooms: hidden,
      incidents: [incidentOf({ site: 'lake', room: null, device: 'lake:site-link' })],
      tickets: [],
      device: () => ({ role: 'site-link' }),
    })
    expect(found).toMatchObject({ siteWide: true, hidden: 2 })
  })
  test('is the switch alone where some rooms of its site are seen, with those that hang on it', () => {
    const seen = causes({
      rooms: [...rooms, roomOf({ id: 'lake/n104', site: 'lake' })],
      sites: [],
      incidents: [...incidents, incidentOf({ id: 'e', site: 'lake', room: 'lake/n102', cause: 'b' })],
      tickets: [],
      device: (id) => ({ role: id === 'lake:core' ? 'switch' : 'recorder-pc' }),
    })
    expect(seen[0]).toMatchObject({ siteWide: false, hidden: 2, incident: { id: 'b' } })
    expect(siteCause(seen, 'lake')?.incident.id).toBe('b')
    expect(siteCause(seen, 'east')).toBeUndefined()
  })
  test('counts the others by kind', () => {
    expect(othersByKind(all).map(({ rule, rooms: count }) => [rule, count])).toEqual([
      ['agent-silent', 1],
      ['picture-frozen', 1],
    ])
  })
  test('counts rooms by what their tile shows, and the site once', () => {
    expect(countsOf(rooms, all)).toMatchObject({ l1: 2, unknown: 3, rooms: 4 })
  })
  test('is well when nothing is at level 1, 2 or unseen', () => {
    const calm = [roomOf({ level: 3 })]
    expect(isWell(countsOf(calm, []), [])).toBe(true)
    expect(isWell(countsOf(rooms, all), all)).toBe(false)
  })
})

describe('changes', () => {
  test('an incident that is over leaves two lines, the later one with its length', () => {
    const lines = changesOfIncident(incidentOf({ state: 'cleared', cleared_at: '2026-11-23T10:03:10Z' }))
    expect(lines.map((line) => [line.kind, line.spanMs])).toEqual([
      ['opened', undefined],
      ['restored', 190_000],
    ])
  })
  test('what another incident explains makes no line', () => {
    expect(changesOfIncident(incidentOf({ cause: 'x' }))).toEqual([])
  })
  test('rooms that vanish together are one line a site', () => {
    const before = [roomOf({ id: 'lake/1', site: 'lake' }), roomOf({ id: 'lake/2', site: 'lake' })]
    const after = before.map((room) => ({ ...room, recorder_state: 'unknown' as const }))
    const lines = sightOf((id) => before.find((room) => room.id === id), after, 0)
    expect(lines).toMatchObject([{ kind: 'unseen', site: 'lake', count: 2 }])
  })
  test('are each there once, newest first', () => {
    const [line] = changesOfIncident(incidentOf())
    if (line === undefined) throw new Error('no line')
    const newer = { ...line, key: 'n', at: line.at + 1 }
    expect(merged([line], [line, newer]).map((one) => one.key)).toEqual(['n', line.key])
  })
  test('a ticket that a person moved on makes a line, a restoration by telemetry does not', () => {
    expect(stepOf(ticketOf(), ticketOf({ state: 'acknowledged', assignee: 'Li Na' }))).toMatchObject({
      kind: 'acknowledged',
      who: 'Li Na',
    })
    expect(stepOf(ticketOf(), ticketOf({ state: 'restored', incidents: ['i1'] }))).toBeNull()
  })
})

describe('the state lane', () => {
  const at = (time: string): number => Date.parse(`2026-11-23T${time}:00Z`)
  const day = { start: at('00:00'), end: at('23:59'), now: at('12:00'), gaps: [], incidents: [], works: [] }

  test('is off before the first reading of the day, then ok up to now', () => {
    expect(laneOf({ ...day, seenFrom: at('07:30') })).toEqual([
      { kind: 'ok', from: at('07:30'), to: at('12:00') },
      { kind: 'off', from: at('00:00'), to: at('07:30') },
    ])
  })
  test('draws the worst last, and what a cause hides as unseen', () => {
    const kinds = laneOf({
      ...day,
      seenFrom: at('00:00'),
      incidents: [
        incidentOf({ level: 1 }),
        incidentOf({ id: 'm', cause: 'i1' }),
        incidentOf({ id: 't', level: 3 }),
      ],
    }).map((stretch) => stretch.kind)
    expect(kinds).toEqual(['ok', 'l3', 'unknown', 'l1'])
  })
})

test('it is the first run while one agent is known and no campus file', () => {
  const device = (agent: string, in_campus = false) => ({ agent, in_campus })
  expect(isFirstRun([], [])).toBe(true)
  expect(isFirstRun([{ in_campus: false }], [device('a:b'), device('a:b')])).toBe(true)
  expect(isFirstRun([{ in_campus: false }], [device('a:b'), device('roomtone:collector')])).toBe(true)
  expect(isFirstRun([{ in_campus: false }], [device('a:b'), device('a:c')])).toBe(false)
  expect(isFirstRun([{ in_campus: true }], [])).toBe(false)
})
