/**
 * The server's time on this page, and one timer that redraws on its second.
 *
 * The offset comes from the pulses. A pulse that was long on its way says less than a quick one, so the offset only
 * follows slowly once it is known.
 */

type Listener = () => void

class ServerClock {
  private offset = 0
  private known = false
  private readonly every = { second: new Set<Listener>(), tape: new Set<Listener>() }
  private timer: ReturnType<typeof setTimeout> | undefined
  private second = 0
  private tapeStep = 0

  /** The server's time, ms. */
  now(): number {
    return Date.now() + this.offset
  }

  /** The server's second that is on show; changes with the timer only. */
  shownSecond = (): number => this.second || Math.floor(this.now() / 1000) * 1000

  /** The last whole ten seconds of the server. */
  shownTen = (): number => this.tapeStep || Math.floor(this.now() / 10_000) * 10_000

  /** Takes in the server's time as a message told it just now. */
  set(serverNow: number): void {
    const seen = serverNow - Date.now()
    const far = Math.abs(seen - this.offset) > 2000
    this.offset = !this.known || far ? seen : this.offset + (seen - this.offset) / 16
    if (!this.known || far) {
      this.known = true
      this.tick()
    }
  }

  onSecond = (listener: Listener): (() => void) => this.listen('second', listener)

  onTen = (listener: Listener): (() => void) => this.listen('tape', listener)

  private listen(kind: 'second' | 'tape', listener: Listener): () => void {
    this.every[kind].add(listener)
    if (this.timer === undefined) this.tick()
    return () => {
      this.every[kind].delete(listener)
      if (this.every.second.size + this.every.tape.size === 0) {
        clearTimeout(this.timer)
        this.timer = undefined
      }
    }
  }

  private tick(): void {
    clearTimeout(this.timer)
    const now = this.now()
    const second = Math.floor(now / 1000) * 1000
    const ten = Math.floor(now / 10_000) * 10_000
    const [newSecond, newTen] = [second !== this.second, ten !== this.tapeStep]
    this.second = second
    this.tapeStep = ten
    if (newSecond) for (const listener of [...this.every.second]) listener()
    if (newTen) for (const listener of [...this.every.tape]) listener()
    this.timer = setTimeout(() => this.tick(), second + 1005 - this.now())
  }
}

export const clock = new ServerClock()
