/** The times of planned work, between the site's wall clock and the instants of the API. */

export const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const

const MINUTE = 60_000

/** An instant as a site's wall clock says it: "2026-11-23T22:00". */
export function localText(at: number, zone: string | undefined): string {
  const parts = new Intl.DateTimeFormat('en-CA', {
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
    timeZone: zone,
  }).formatToParts(at)
  const of = (type: string): string => parts.find((part) => part.type === type)?.value ?? ''
  return `${of('year')}-${of('month')}-${of('day')}T${of('hour')}:${of('minute')}`
}

/** The instant at which a site's wall clock says a text; null where it is none. In an hour that comes twice, one of them. */
export function instantOf(text: string, zone: string | undefined): number | null {
  const asUtc = /^\d{4}-\d\d-\d\dT\d\d:\d\d$/.test(text) ? Date.parse(`${text}:00Z`) : NaN
  if (Number.isNaN(asUtc)) return null
  let at = asUtc
  for (let tries = 0; tries < 3; tries += 1) {
    const said = Date.parse(`${localText(at, zone)}:00Z`)
    at += Math.round((asUtc - said) / MINUTE) * MINUTE
  }
  return at
}

/** Start and end for the API; null where they are none, or in the wrong order. */
export function plannedTimes(
  start: string,
  end: string,
  zone: string | undefined,
): { start: string; end: string } | null {
  const [from, to] = [instantOf(start, zone), instantOf(end, zone)]
  if (from === null || to === null || to <= from) return null
  return { start: new Date(from).toISOString(), end: new Date(to).toISOString() }
}
