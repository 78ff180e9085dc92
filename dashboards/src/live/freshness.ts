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

/** Age of the data, ms: of the last message that the server took in; null before the first. */
export function ageOf(heard: Heard, serverNow: number): number | null {
  return heard.dataAt === null ? null : Math.max(0, serverNow - heard.dataAt)
}

/** For how long the page has not known better, ms: since the line went silent, else since the data did. */
export function blindFor(heard: Heard, pageNow: number, serverNow: number): number {
  const stream = heard.streamAt === null ? 0 : pageNow - heard.streamAt
  if (stream >= tokens.wall.staleAfter * 1000) return stream
  return ageOf(heard, serverNow) ?? 0
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
