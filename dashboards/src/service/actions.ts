/** What people may do to a ticket: what each action asks for, its key, and which one is sensible next. */
import type { Action, Ticket } from '../api/types'
import { isOnTheWay, isWaiting } from './clocks'

export type FieldKind = 'name' | 'text' | 'time' | 'level' | 'score'

export interface Field {
  name: string
  kind: FieldKind
  required?: boolean
}

const NOTE: Field = { name: 'text', kind: 'text' }
const SAID: Field = { name: 'text', kind: 'text', required: true }

/** What each action asks for; the API checks the same. */
export const ASKS: Record<Action, readonly Field[]> = {
  acknowledge: [],
  promise: [{ name: 'promised_at', kind: 'time', required: true }, NOTE],
  dispatch: [{ name: 'assignee', kind: 'name', required: true }, { name: 'expected_at', kind: 'time' }, NOTE],
  arrive: [],
  swap: [{ name: 'removed', kind: 'name' }, { name: 'installed', kind: 'name' }, NOTE],
  restore: [],
  resolve: [
    { name: 'cause', kind: 'text' },
    { name: 'remedy', kind: 'text' },
  ],
  close: [],
  reopen: [SAID],
  relevel: [{ name: 'level', kind: 'level', required: true }, SAID],
  pause: [SAID],
  resume: [],
  comment: [SAID],
  complain: [{ name: 'complainant', kind: 'name' }, SAID],
  settle: [{ name: 'complainant', kind: 'name' }, SAID],
  survey: [{ name: 'score', kind: 'score', required: true }, { name: 'answered_by', kind: 'name' }, NOTE],
}

/** The key of an action, where it has one. */
export const KEYS: Partial<Record<Action, string>> = {
  acknowledge: 'A',
  dispatch: 'D',
  arrive: 'V',
  swap: 'S',
  restore: 'R',
  resolve: 'E',
  close: 'X',
  promise: 'T',
  pause: 'P',
  resume: 'P',
  relevel: 'L',
  comment: 'C',
}

/** Actions in the order in which buttons show them; the comment has its own place. */
const SHOWN: readonly Action[] = [
  'complain',
  'settle',
  'promise',
  'dispatch',
  'relevel',
  'pause',
  'resume',
  'reopen',
  'swap',
  'restore',
  'arrive',
  'resolve',
  'close',
  'acknowledge',
]

/** The next sensible action: the one dark button of a page, or null when nothing is left to do. */
export function nextAction(ticket: Ticket): Action | null {
  const may = (action: Action): Action | null => (ticket.actions.includes(action) ? action : null)
  if (ticket.paused_at !== null) return may('resume')
  switch (ticket.state) {
    case 'open':
      return may('acknowledge')
    case 'acknowledged': {
      if (ticket.level === 4) return may('resolve')
      if (isOnTheWay(ticket)) return may('arrive')
      const visits = ticket.clocks.some((clock) => clock.step === 'arrive' && isWaiting(clock))
      return may(visits ? 'dispatch' : 'restore')
    }
    case 'on_site':
      return may('restore')
    case 'restored':
      return may('resolve')
    case 'resolved':
      return may('close') ?? may('settle')
    default:
      return null
  }
}

/** The other actions that the ticket's state allows now, the likely ones last, next to the dark button. */
export function otherActions(ticket: Ticket): Action[] {
  const next = nextAction(ticket)
  const paused = ticket.paused_at !== null
  return SHOWN.filter((action) => {
    if (!ticket.actions.includes(action) || action === next) return false
    if (action === 'pause') return !paused
    if (action === 'resume') return paused
    return true
  })
}

/** Whether a role may act on tickets at all. */
export function mayAct(role: string | undefined): boolean {
  return role === 'operator' || role === 'engineer' || role === 'admin'
}
