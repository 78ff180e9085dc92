/** The one event stream of the page: fills the store, and comes back by itself when the line was lost. */
import type { Device, Incident, Notice, Pulse, Room, Site, Snapshot, Ticket } from '../api/types'
import { changes } from './changes'
import { link } from './link'
import { store } from './store'

const ADDRESS = '/api/v1/events'
const FIRST_WAIT_MS = 1000
const LONGEST_WAIT_MS = 15_000
/** Pulses come each second; a line that says nothing for this long is dead even if it looks open. */
const DEAD_AFTER_MS = 12_000

interface Items<T> {
  items: T[]
}

/** Opens the stream; the function it returns closes it. `refused` is called when the server wants a sign-in first. */
export function openStream(refused: () => void): () => void {
  let source: EventSource | undefined
  let retry: ReturnType<typeof setTimeout> | undefined
  let dead: ReturnType<typeof setTimeout> | undefined
  let wait = FIRST_WAIT_MS
  let closed = false

  function alive(): void {
    wait = FIRST_WAIT_MS
    clearTimeout(dead)
    dead = setTimeout(again, DEAD_AFTER_MS)
  }

  function on<T>(name: string, take: (data: T) => void): void {
    source?.addEventListener(name, (event) => {
      alive()
      link.heardStream()
      take(JSON.parse((event as MessageEvent<string>).data) as T)
    })
  }

  function again(): void {
    if (closed) return
    clearTimeout(dead)
    clearTimeout(retry)
    source?.close()
    link.lost()
    retry = setTimeout(() => void connect(), wait)
    wait = Math.min(LONGEST_WAIT_MS, wait * 1.6)
  }

  async function connect(): Promise<void> {
    if (closed) return
    if (await isRefused()) return refused()
    if (closed) return
    source = new EventSource(ADDRESS)
    source.onerror = () => {
      if (source?.readyState === EventSource.CLOSED) again()
      else link.lost() // the browser comes back by itself, and resumes where it was
    }
    on<Snapshot>('snapshot', (data) => {
      link.pulse(data.pulse)
      store.replace(data)
      link.expect(store.all('device'))
    })
    on<Items<Device>>('device', ({ items }) => {
      store.put('device', items)
      link.expect(store.all('device'))
    })
    on<Items<Incident>>('incident', ({ items }) => {
      changes.incidents(items, (id) => store.one('incident', id))
      store.put('incident', items)
    })
    on<Items<Ticket>>('ticket', ({ items }) => {
      changes.tickets(items, (id) => store.one('ticket', id))
      store.put('ticket', items)
    })
    on<Items<Room>>('room', ({ items }) => {
      changes.rooms(items, (id) => store.one('room', id))
      store.put('room', items)
    })
    on<Items<Notice>>('notice', ({ items }) => store.put('notice', items))
    on<Items<Site>>('site', ({ items }) => store.put('site', items))
    on<Items<Pulse>>('pulse', ({ items }) => {
      const last = items.at(-1)
      if (last) link.pulse(last)
    })
    dead = setTimeout(again, DEAD_AFTER_MS)
  }

  void connect()
  return () => {
    closed = true
    clearTimeout(retry)
    clearTimeout(dead)
    source?.close()
  }
}

/** An event stream cannot tell a refusal from a lost line, so a plain call asks first. */
async function isRefused(): Promise<boolean> {
  try {
    const answer = await fetch('/api/v1/me', { headers: { Accept: 'application/json' } })
    return answer.status === 401
  } catch {
    return false
  }
}
