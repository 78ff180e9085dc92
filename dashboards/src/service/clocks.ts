/** The promises of a ticket at one moment: which one is nearest, and how much of it is left. */
import type { Clock, Step, Ticket } from '../api/types'
import { tokens } from '../theme/tokens'

export type Tone = 'running' | 'soon' | 'late' | 'paused'

export interface Nearest {
  clock: Clock
  leftMs: number
  tone: Tone
}

type Timed = Pick<Ticket, 'opened_at' | 'clocks' | 'state'>

const SECOND_MS = 1000
const OVER = new Set<Ticket['state']>(['restored', 'resolved', 'closed'])

/** What the ticket is about is over; what is left is to wind it up. */
export function isOver(ticket: Pick<Ticket, 'state'>): boolean {
  return OVER.has(ticket.state)
}

/** A promise that still waits to be kept: running, paused, or late and not made good. */
export function isWaiting(clock: Clock): boolean {
  if (clock.state === 'running' || clock.state === 'paused') return true
  return clock.state === 'breached' && clock.met_at === null
}

/** Clocks in the order in which they fall due; each is one leg of the rail. */
export function inOrder(clocks: readonly Clock[]): Clock[] {
  const rank = ['respond', 'arrive', 'solve', 'swap']
  return [...clocks].sort((a, b) => rank.indexOf(a.step) - rank.indexOf(b.step))
}

/** How a clock stands that waits: late, a third or less of it left, or running. */
export function toneOf(clock: Clock, openedAt: string, now: number): Tone {
  if (clock.state === 'paused') return 'paused'
  const due = Date.parse(clock.due_at)
  if (clock.state === 'breached' || now >= due) return 'late'
  const whole = due - Date.parse(openedAt)
  return due - now <= whole * tokens.clock.soonBelowShareLeft + SECOND_MS ? 'soon' : 'running'
}

/** The waiting clock that falls due first, or null when nothing waits. A paused one comes after all that run. */
export function nearest(ticket: Timed, now: number): Nearest | null {
  if (isOver(ticket)) return null
  let best: Clock | null = null
  for (const clock of inOrder(ticket.clocks)) {
    if (!isWaiting(clock)) continue
    if (best === null || sooner(clock, best)) best = clock
  }
  if (best === null) return null
  return { clock: best, leftMs: Date.parse(best.due_at) - now, tone: toneOf(best, ticket.opened_at, now) }
}

function sooner(a: Clock, b: Clock): boolean {
  const [pa, pb] = [a.state === 'paused', b.state === 'paused']
  if (pa !== pb) return pb
  return Date.parse(a.due_at) < Date.parse(b.due_at)
}

/** What a step is called on a page: where no clock of its own runs for a swap, the swap is a way to solve. */
export function stepWord(ticket: Pick<Ticket, 'clocks'>, step: Step): Step | 'solveOrSwap' {
  const swaps = ticket.clocks.some((clock) => clock.step === 'swap')
  const visits = ticket.clocks.some((clock) => clock.step === 'arrive')
  return step === 'solve' && visits && !swaps ? 'solveOrSwap' : step
}

/** Somebody was sent and has not arrived. */
export function isOnTheWay(ticket: Pick<Ticket, 'state' | 'expected_at'>): boolean {
  return (ticket.state === 'open' || ticket.state === 'acknowledged') && ticket.expected_at !== null
}

/** Tickets with the nearest clock first; the paused after those, the ones without a clock last. */
export function byNearest<T extends Timed & { id: number }>(tickets: readonly T[], now: number): T[] {
  const keyed = tickets.map((ticket) => {
    const near = nearest(ticket, now)
    const group = near === null ? 2 : near.tone === 'paused' ? 1 : 0
    return { ticket, group, due: near ? Date.parse(near.clock.due_at) : 0 }
  })
  keyed.sort((a, b) => a.group - b.group || a.due - b.due || a.ticket.id - b.ticket.id)
  return keyed.map((entry) => entry.ticket)
}
