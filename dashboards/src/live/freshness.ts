/** How old the data on the page is, and what that makes of it. */
import { tokens } from '../theme/tokens'

export type Freshness = 'live' | 'late' | 'blind'

export interface Heard {
  /** When the last event of the stream came, by this page's clock, ms; null before the first. */
  streamAt: number | null
  /** When the server took in its last message, by the server's clock, ms; null before the first. */
  dataAt: number | null
  /** The shortest interval of the agents that should be talking, s; null when none should. */
  intervalS: number | null
}

/** Age of the newest thing that the page knows: of the stream, or of the data behind it when that is older. */
export function ageOf(heard: Heard, pageNow: number, serverNow: number): number | null {
  if (heard.streamAt === null) return null
  const stream = pageNow - heard.streamAt
  const data = heard.dataAt === null || heard.intervalS === null ? 0 : serverNow - heard.dataAt
  return Math.max(0, stream, data)
}

/** Live; late after 10 s, blind after 30 s. Agents that talk seldom are given one and a half of their interval, or three. */
export function freshnessOf(heard: Heard, pageNow: number, serverNow: number): Freshness {
  if (heard.streamAt === null) return 'live'
  const stream = (pageNow - heard.streamAt) / 1000
  const { staleAfter, blindAfter } = tokens.wall
  if (stream >= blindAfter) return 'blind'
  const data = heard.dataAt === null || heard.intervalS === null ? 0 : (serverNow - heard.dataAt) / 1000
  const interval = heard.intervalS ?? 0
  if (data >= Math.max(blindAfter, 3 * interval)) return 'blind'
  return stream >= staleAfter || data >= Math.max(staleAfter, 1.5 * interval) ? 'late' : 'live'
}
