/** The state of the line to the server: connected or not, how often it was tried, how fresh the data is. */
import type { Device, Pulse } from '../api/types'
import { clock } from './clock'
import type { Heard } from './freshness'

type Listener = () => void

export interface LinkState {
  connected: boolean
  /** Tries since the line was lost. */
  tries: number
  heard: Heard
  /** Ages of the data at the last pulses, s, newest last. */
  delays: readonly number[]
  readingsPerS: number
}

const DELAYS_KEPT = 60

class Link {
  private state: LinkState = {
    connected: false,
    tries: 0,
    heard: { streamAt: null, dataAt: null, intervalS: null },
    delays: [],
    readingsPerS: 0,
  }
  private readonly listeners = new Set<Listener>()

  get = (): LinkState => this.state

  watch = (listener: Listener): (() => void) => {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  /** Something came over the line just now. */
  heardStream(): void {
    this.change({ connected: true, tries: 0, heard: { ...this.state.heard, streamAt: Date.now() } })
  }

  pulse(pulse: Pulse): void {
    clock.set(Date.parse(pulse.now))
    const delays = pulse.data_age_s === null ? this.state.delays : [...this.state.delays, pulse.data_age_s]
    this.change({
      connected: true,
      tries: 0,
      delays: delays.slice(-DELAYS_KEPT),
      readingsPerS: pulse.readings_per_s,
      heard: {
        ...this.state.heard,
        streamAt: Date.now(),
        dataAt: pulse.data_at === null ? null : Date.parse(pulse.data_at),
      },
    })
  }

  lost(): void {
    this.change({ connected: false, tries: this.state.tries + 1 })
  }

  /**
   * Tells which agents should be talking: those that nothing is held against yet. The silence of an agent that is off,
   * or whose silence is being timed or was judged already, says nothing about the page.
   */
  expect(devices: Iterable<Device>): void {
    let shortest: number | null = null
    for (const device of devices) {
      if (device.interval_s === null || device.pending) continue
      if (device.state !== 'ok' && device.state !== 'degraded') continue
      shortest = Math.min(shortest ?? device.interval_s, device.interval_s)
    }
    if (shortest !== this.state.heard.intervalS)
      this.change({ heard: { ...this.state.heard, intervalS: shortest } })
  }

  private change(part: Partial<LinkState>): void {
    this.state = { ...this.state, ...part }
    for (const listener of [...this.listeners]) listener()
  }
}

export const link = new Link()
