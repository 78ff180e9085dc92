/** The incidents that joined a ticket: entries of its log that say the same of several of them are one line. */
import type { LogEntry } from '../api/types'

const GATHERED = new Set(['attached', 'cleared', 'corrected'])
const WITHIN_MS = 60_000

const field = (entry: LogEntry, name: string): string => {
  const value = entry.fields[name]
  return typeof value === 'string' ? value : ''
}

/** The device of each incident of a ticket, by the entries that brought it. */
export function devicesOf(entries: readonly LogEntry[]): Map<string, string> {
  const brought = entries.filter((entry) => entry.action === 'opened' || entry.action === 'attached')
  return new Map(brought.map((entry) => [field(entry, 'incident'), field(entry, 'device')]))
}

/** The entries in their order, those together that follow each other within a minute and say the same of members. */
export function gathered(entries: readonly LogEntry[]): LogEntry[][] {
  const opening = entries.find((entry) => entry.action === 'opened')
  const own = opening && field(opening, 'incident')
  const groups: LogEntry[][] = []
  for (const entry of entries) {
    const last = groups.at(-1)
    const first = last?.[0]
    const joins =
      first !== undefined &&
      GATHERED.has(entry.action) &&
      sameOf(first) === sameOf(entry) &&
      field(first, 'incident') !== own &&
      field(entry, 'incident') !== own &&
      Date.parse(entry.at) - Date.parse(first.at) < WITHIN_MS
    if (joins) last?.push(entry)
    else groups.push([entry])
  }
  return groups
}

/** What an entry says, but for which incident, which readings and the second. */
function sameOf(entry: LogEntry): string {
  const { action } = entry
  if (action === 'attached') return `${action} ${field(entry, 'rule')}`
  if (action === 'corrected')
    return `${action} ${field(entry, 'onset_at')} ${field(entry, 'cleared_at')} ${field(entry, 'attribution')}`
  return action
}
