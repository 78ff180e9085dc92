/** The queue's sections, by how near the nearest clock is. */
import type { Ticket } from '../api/types'
import { byNearest, isOver, nearest } from './clocks'

export type Section = 'late' | 'hour' | 'today' | 'later' | 'done'
export const SECTIONS: readonly Section[] = ['late', 'hour', 'today', 'later', 'done']

const HOUR_MS = 3_600_000

/** The section of one ticket; `midnight` is when the reader's day ends, ms. */
export function sectionOf(
  ticket: Pick<Ticket, 'opened_at' | 'clocks' | 'state'>,
  now: number,
  midnight: number,
): Section {
  if (isOver(ticket)) return 'done'
  const near = nearest(ticket, now)
  if (near === null || near.tone === 'paused') return 'later'
  if (near.tone === 'late') return 'late'
  if (near.leftMs < HOUR_MS) return 'hour'
  return Date.parse(near.clock.due_at) < midnight ? 'today' : 'later'
}

/** All tickets in their sections, nearest first; empty sections are left out. */
export function sections(
  tickets: readonly Ticket[],
  now: number,
  midnight: number,
): { section: Section; tickets: Ticket[] }[] {
  const sorted = byNearest(tickets, now)
  return SECTIONS.map((section) => ({
    section,
    tickets: sorted.filter((ticket) => sectionOf(ticket, now, midnight) === section),
  })).filter((group) => group.tickets.length > 0)
}
