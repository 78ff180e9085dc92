/**
 * Actions that could not be sent: kept in the browser, shown as "to be sent", and sent when the network is back. Each
 * has the key it was first tried with, so that it is done once even when an answer was lost.
 */
import { call, CallFailed } from '../api/http'
import type { Action, Ticket } from '../api/types'
import { store } from './store'

export interface Unsent {
  key: string
  ticket: number
  action: Action
  fields: Record<string, unknown>
  at: number
}

const STORED = 'roomtone-outbox'
const AGAIN_MS = 5000
type Listener = () => void

class Outbox {
  private list: readonly Unsent[] = read()
  private readonly listeners = new Set<Listener>()
  private timer: ReturnType<typeof setTimeout> | undefined
  private sending = false

  get = (): readonly Unsent[] => this.list

  watch = (listener: Listener): (() => void) => {
    this.listeners.add(listener)
    if (this.list.length > 0) this.later()
    return () => this.listeners.delete(listener)
  }

  /** Sends an action; null when the network is away and it was kept. Throws CallFailed when the server refuses. */
  async send(entry: Unsent): Promise<Ticket | null> {
    try {
      return await perform(entry)
    } catch (error) {
      if (!(error instanceof CallFailed) || error.status !== 0) throw error
      this.change([...this.list, entry])
      this.later()
      return null
    }
  }

  private later(): void {
    clearTimeout(this.timer)
    this.timer = setTimeout(() => void this.flush(), AGAIN_MS)
  }

  private async flush(): Promise<void> {
    if (this.sending) return
    this.sending = true
    try {
      for (const entry of this.list) {
        try {
          await perform(entry)
        } catch (error) {
          if (!(error instanceof CallFailed) || error.status === 0 || error.status >= 500) return
        }
        this.change(this.list.filter((other) => other !== entry))
      }
    } finally {
      this.sending = false
      if (this.list.length > 0) this.later()
    }
  }

  private change(list: readonly Unsent[]): void {
    this.list = list
    try {
      localStorage.setItem(STORED, JSON.stringify(list))
    } catch {
      // Without storage the list lives as long as the page.
    }
    for (const listener of [...this.listeners]) listener()
  }
}

async function perform(entry: Unsent): Promise<Ticket> {
  const ticket = await call('post', '/api/v1/tickets/{id}/{action}', {
    at: { id: entry.ticket, action: entry.action },
    body: entry.fields,
    key: entry.key,
  })
  store.put('ticket', [ticket])
  return ticket
}

function read(): Unsent[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(STORED) ?? '[]')
    return Array.isArray(kept) ? (kept as Unsent[]) : []
  } catch {
    return []
  }
}

export const outbox = new Outbox()
