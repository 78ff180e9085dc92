/** The digits of a countdown. */

const MINUS = '\u2212'
const two = (n: number): string => String(n).padStart(2, '0')

/** `MM:SS` under an hour, `H:MM:SS` above; time that is over counts on with a minus. */
export function digits(leftMs: number): string {
  const late = leftMs <= -1000
  const seconds = late ? Math.floor(-leftMs / 1000) : Math.max(0, Math.ceil(leftMs / 1000))
  const hours = Math.floor(seconds / 3600)
  const rest = `${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`
  return `${late ? MINUS : ''}${hours > 0 ? `${hours}:` : ''}${rest}`
}

/** Time that has passed, in the same digits. */
export function elapsedDigits(passedMs: number): string {
  return digits(Math.max(0, Math.floor(passedMs / 1000) * 1000))
}
