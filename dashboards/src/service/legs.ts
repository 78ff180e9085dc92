/**
 * The clock rail as numbers: equal legs, each on its own scale, and where the marks stand.
 *
 * Comes in: the clocks of a ticket and the server's time. Goes out: what each leg shows. The needle is the real time
 * that has passed since the ticket was opened; a leg spans from the promise before it to its own.
 */
import type { Clock, Step, Ticket } from '../api/types'
import { inOrder, isWaiting, nearest, type Tone } from './clocks'

export type Look = 'ahead' | 'done' | 'waived' | Tone

export interface Leg {
  step: Step
  clock: Clock
  /** Length of the promise from opening, ms. */
  wholeMs: number
  look: Look
  /** Share of the leg that is filled, 0..1. */
  fill: number
  /** Where on this leg the promise was kept, 0..1. */
  met: number | null
  /** The gate at the leg's end was passed with the promise open. */
  crossed: boolean
}

/** A point of the rail: the leg's index, and the share of that leg, 0..1. */
export interface Place {
  leg: number
  share: number
}

export interface Needle extends Place {
  tone: Tone
}

export interface Rail {
  legs: Leg[]
  needle: Needle | null
  /** Where the promised or expected arrival stands. */
  promised: Place | null
}

type Timed = Pick<Ticket, 'opened_at' | 'clocks' | 'promised_at' | 'expected_at' | 'paused_at' | 'state'>

function placeOf(at: number, opened: number, dues: readonly number[]): Place {
  let from = opened
  for (const [leg, due] of dues.entries()) {
    if (at < due || leg === dues.length - 1) {
      const length = Math.max(1, due - from)
      return { leg, share: Math.min(1, Math.max(0, (at - from) / length)) }
    }
    from = due
  }
  return { leg: 0, share: 0 }
}

/** The rail of a ticket at `now` (ms). The needle of a paused one stays where it stopped counting. */
export function railOf(ticket: Timed, now: number): Rail {
  const clocks = inOrder(ticket.clocks)
  if (clocks.length === 0) return { legs: [], needle: null, promised: null }
  const opened = Date.parse(ticket.opened_at)
  let reached = opened
  const dues = clocks.map((clock) => (reached = Math.max(reached, Date.parse(clock.due_at))))
  const near = nearest(ticket, now)
  const stands = ticket.paused_at === null ? now : Date.parse(ticket.paused_at)
  const here = placeOf(stands, opened, dues)
  const legs = clocks.map((clock, index): Leg => {
    const from = index === 0 ? opened : (dues[index - 1] ?? opened)
    const due = dues[index] ?? from
    const met = clock.met_at === null ? null : placeOf(Date.parse(clock.met_at), opened, dues)
    const kept = met === null ? null : met.leg < index ? 0 : met.leg > index ? 1 : met.share
    return {
      step: clock.step,
      clock,
      wholeMs: due - opened,
      ...lookOf(clock, index, here, near, clocks, kept),
      met: clock.state === 'breached' ? null : kept,
      crossed: clock.state === 'breached' || (isWaiting(clock) && clock.state !== 'paused' && now >= due),
    }
  })
  const promised = ticket.expected_at ?? ticket.promised_at
  return {
    legs,
    needle: near === null ? null : { ...here, tone: near.tone },
    promised: promised === null ? null : placeOf(Date.parse(promised), opened, dues),
  }
}

function lookOf(
  clock: Clock,
  index: number,
  here: Place,
  near: ReturnType<typeof nearest>,
  clocks: readonly Clock[],
  met: number | null,
): Pick<Leg, 'look' | 'fill'> {
  if (clock.state === 'waived') return { look: 'waived', fill: 0 }
  if (clock.state === 'breached') return { look: 'late', fill: 1 }
  if (near === null) return finished(clock, index, clocks, met)
  const target = clocks.indexOf(near.clock)
  if (index === target && near.tone === 'late') return { look: 'late', fill: 1 }
  if (index < here.leg) return { look: 'done', fill: 1 }
  if (index > here.leg) return { look: 'ahead', fill: 0 }
  const kept = !isWaiting(clock)
  if (kept) return { look: near.tone === 'paused' ? 'paused' : 'done', fill: here.share }
  return { look: near.tone === 'late' ? 'ahead' : near.tone, fill: near.tone === 'late' ? 0 : here.share }
}

/** Nothing waits any more: the rail is done up to where the last promise was kept. */
function finished(
  clock: Clock,
  index: number,
  clocks: readonly Clock[],
  met: number | null,
): Pick<Leg, 'look' | 'fill'> {
  if (met === null || clock.met_at === null) return { look: 'ahead', fill: 0 }
  const last = clocks.findLastIndex((other) => other.met_at !== null)
  return { look: 'done', fill: index < last ? 1 : met }
}
