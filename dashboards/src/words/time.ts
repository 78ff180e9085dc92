/** Spans and instants in words. */
import type { TFunction } from 'i18next'

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

const UNITS = [
  { ms: DAY, key: 'unit.d' },
  { ms: HOUR, key: 'unit.h' },
  { ms: MINUTE, key: 'unit.min' },
  { ms: SECOND, key: 'unit.s' },
] as const

/** A span in at most two units: "12 min 40 s", "1 h 5 min", "3 d 2 h". */
export function span(ms: number, t: TFunction): string {
  const whole = Math.max(0, ms)
  const index = UNITS.findIndex((unit) => whole >= unit.ms)
  const big = UNITS[index] ?? UNITS[3]
  const first = t(big.key, { n: Math.floor(whole / big.ms) })
  const small = index === -1 ? undefined : UNITS[index + 1]
  const rest = small === undefined ? 0 : Math.floor((whole % big.ms) / small.ms)
  return small === undefined || rest === 0
    ? first
    : t('unit.join', { a: first, b: t(small.key, { n: rest }) })
}

/** A span in one unit, as an age is said: "0.6 s", "12 s", "6 min", "1 h". */
export function age(ms: number, t: TFunction): string {
  const whole = Math.max(0, ms)
  if (whole < 10 * SECOND) return t('unit.s', { n: (whole / SECOND).toFixed(1) })
  const unit = UNITS.find((other) => whole >= other.ms) ?? UNITS[3]
  return t(unit.key, { n: Math.floor(whole / unit.ms) })
}

/** How long ago something was; under two seconds it was just now. */
export function ago(ms: number, t: TFunction): string {
  if (ms < 2 * SECOND) return t('unit.justNow')
  return t('unit.ago', { span: ms < MINUTE ? t('unit.s', { n: Math.floor(ms / SECOND) }) : age(ms, t) })
}

const formats = new Map<string, Intl.DateTimeFormat>()

function format(zone: string | undefined, kind: 'minute' | 'second' | 'day'): Intl.DateTimeFormat {
  const key = `${zone ?? ''}|${kind}`
  let found = formats.get(key)
  if (found === undefined) {
    const clock = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const
    const options: Intl.DateTimeFormatOptions =
      kind === 'day'
        ? { year: 'numeric', month: '2-digit', day: '2-digit' }
        : kind === 'second'
          ? { ...clock, second: '2-digit' }
          : clock
    try {
      found = new Intl.DateTimeFormat('en-CA', { ...options, timeZone: zone })
    } catch {
      found = new Intl.DateTimeFormat('en-CA', options)
    }
    formats.set(key, found)
  }
  return found
}

/** `HH:MM` in a time zone; the browser's own when none is given. */
export function minuteOf(at: number, zone?: string): string {
  return format(zone, 'minute').format(at)
}

/** `HH:MM:SS` in a time zone. */
export function secondOf(at: number, zone?: string): string {
  return format(zone, 'second').format(at)
}

/** `YYYY-MM-DD` in a time zone. */
export function dayOf(at: number, zone?: string): string {
  return format(zone, 'day').format(at)
}

/** An instant as a person near `now` says it: the time today, "tomorrow 09:12", else with the date. */
export function whenOf(at: number, now: number, t: TFunction, zone?: string): string {
  const time = minuteOf(at, zone)
  const day = dayOf(at, zone)
  if (day === dayOf(now, zone)) return time
  if (day === dayOf(now + DAY, zone)) return t('day.tomorrow', { time })
  return t('day.on', { date: day.slice(5), time })
}

/** The instant at which the day of `now` ends in a time zone, ms. */
export function midnightAfter(now: number, zone?: string): number {
  const [h, m, s] = secondOf(now, zone).split(':').map(Number) as [number, number, number]
  return now - (now % SECOND) + DAY - ((h * 60 + m) * 60 + s) * SECOND
}

/** The whole instant, for a tooltip. */
export function fullOf(at: number, zone?: string): string {
  return `${dayOf(at, zone)} ${secondOf(at, zone)}`
}
