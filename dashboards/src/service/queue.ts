/** Which tickets a filter of the queue shows. */
import type { Ticket } from '../api/types'
import { isOnTheWay } from './clocks'

export const FILTERS = ['live', 'mine', 'unclaimed', 'urgent', 'visits', 'closed'] as const
export type Filter = (typeof FILTERS)[number]

export interface Looked {
  filter: Filter
  site?: string
  /** Text looked for in title, place, device and person. */
  find?: string
  /** The reader's name. */
  me?: string
}

const FITS: Record<Filter, (ticket: Ticket, me: string | undefined) => boolean> = {
  live: (ticket) => ticket.state !== 'closed',
  mine: (ticket, me) => ticket.state !== 'closed' && me !== undefined && ticket.assignee === me,
  unclaimed: (ticket) => ticket.state === 'open' && ticket.assignee === null,
  urgent: (ticket) => ticket.state !== 'closed' && ticket.level <= 2,
  visits: (ticket) => isOnTheWay(ticket) || ticket.state === 'on_site',
  closed: (ticket) => ticket.state === 'closed',
}

/** The tickets that fit. */
export function fitting(tickets: readonly Ticket[], looked: Looked): Ticket[] {
  const words = (looked.find ?? '').trim().toLowerCase()
  return tickets.filter(
    (ticket) =>
      FITS[looked.filter](ticket, looked.me) &&
      (looked.site === undefined || ticket.site === looked.site) &&
      (words === '' || textOf(ticket).includes(words)),
  )
}

/** How many fit each filter, whatever is looked for. */
export function countsOf(tickets: readonly Ticket[], me: string | undefined): Record<Filter, number> {
  const counts = { live: 0, mine: 0, unclaimed: 0, urgent: 0, visits: 0, closed: 0 }
  for (const ticket of tickets)
    for (const filter of FILTERS) if (FITS[filter](ticket, me)) counts[filter] += 1
  return counts
}

function textOf(ticket: Ticket): string {
  const titles = Object.values(ticket.words).map((words) => words.title)
  const { id, title, site_name, room_name, device_name, assignee } = ticket
  return [`#${id}`, title, ...titles, site_name, room_name, device_name, assignee].join(' ').toLowerCase()
}
