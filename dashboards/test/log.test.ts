import { describe, expect, test } from 'vitest'
import type { LogEntry } from '../src/api/types'
import { linesOf } from '../src/service/log'
import { ticketOf } from './tickets'
import { wordsIn } from './words'

const t = wordsIn('en')
let number = 0

function entry(at: string, action: string, fields: LogEntry['fields']): LogEntry {
  number += 1
  return { number, at: `2026-11-23T${at}Z`, action, actor: 'telemetry', fields } as LogEntry
}

const opened = entry('10:00:00', 'opened', {
  incident: 'i0',
  device: 'e:switch',
  level: 1,
  title: 'Device is silent',
})
const attached = (incident: string, device: string, at: string): LogEntry =>
  entry(at, 'attached', { incident, device, rule: 'agent-silent', title: 'Host is silent' })
const cleared = (incident: string, at: string): LogEntry =>
  entry(at, 'cleared', { incident, cleared_at: `2026-11-23T${at}Z` })

function told(...entries: LogEntry[]): string[] {
  const lines = linesOf(
    { ticket: ticketOf(), entries, zone: 'UTC', language: 'en', where: (id) => id.slice(2).toUpperCase() },
    t,
  )
  return lines.map(({ title, note }) => [title, note].filter(Boolean).join(' | '))
}

describe('the log of a ticket that many faults joined', () => {
  const two = [attached('i1', 'e:w101', '10:00:10'), attached('i2', 'e:w102', '10:00:20')]
  test('has one line for those that joined together, with where they are', () => {
    expect(told(opened, ...two)).toEqual([
      'Joined: Host is silent, 2 | W101, W102',
      'Opened, level 1 | in warranty',
    ])
  })
  test('says which of them are good again, beside what opened it', () => {
    const over = [cleared('i0', '10:05:00'), cleared('i1', '10:05:01'), cleared('i2', '10:05:02')]
    expect(told(opened, ...two, ...over).slice(0, 2)).toEqual([
      'Readings are good again, 2 | W101, W102; good since 10:05:02',
      'Readings are good again | good since 10:05:00',
    ])
  })
  test('says of which one a correction is', () => {
    const late = entry('10:06:00', 'corrected', {
      incident: 'i2',
      readings: 30,
      attribution: 'environment',
      attribution_before: 'equipment',
    })
    expect(told(opened, ...two, late)[0]).toBe(
      'Corrected by readings that came late | W102; only the network was away, the device went on, 30 readings',
    )
  })
  test('keeps apart what came more than a minute later', () => {
    expect(told(opened, two[0] as LogEntry, attached('i3', 'e:w103', '10:02:00'))).toHaveLength(3)
  })
})
