/**
 * What the page knows of the campus: the last of everything that the event stream sent.
 *
 * Comes in: items of the stream. Goes out: one object a room, device, site, incident, ticket, notice; each can be
 * watched on its own, so that a change draws only what shows it. An object is replaced, never changed.
 */
import type { Device, Incident, Notice, Pulse, Room, Site, Snapshot, Ticket } from '../api/types'

interface Kinds {
  room: Room
  site: Site
  device: Device
  incident: Incident
  ticket: Ticket
  notice: Notice
}
export type Kind = keyof Kinds
type Key = string | number
type Listener = () => void

const KINDS: readonly Kind[] = ['room', 'site', 'device', 'incident', 'ticket', 'notice']

export class LiveStore {
  private readonly tables: { [K in Kind]: Map<Key, Kinds[K]> } = {
    room: new Map(),
    site: new Map(),
    device: new Map(),
    incident: new Map(),
    ticket: new Map(),
    notice: new Map(),
  }
  private readonly lists: { [K in Kind]: readonly Kinds[K][] | null } = {
    room: null,
    site: null,
    device: null,
    incident: null,
    ticket: null,
    notice: null,
  }
  private readonly listeners = new Map<string, Set<Listener>>()
  private loadedOnce = false

  /** Whether a snapshot has come. */
  get loaded(): boolean {
    return this.loadedOnce
  }

  /** One object, or undefined where it is not known. */
  one<K extends Kind>(kind: K, id: Key): Kinds[K] | undefined {
    return this.tables[kind].get(id)
  }

  /** All objects of a kind in campus order; the same array until one of them changes. */
  all<K extends Kind>(kind: K): readonly Kinds[K][] {
    let list = this.lists[kind] as readonly Kinds[K][] | null
    if (list === null) {
      list = [...this.tables[kind].values()]
      ;(this.lists as Record<Kind, unknown>)[kind] = list
    }
    return list
  }

  /** Calls back when one object (`room:a/101`), any of a kind (`room`), or the load state (`loaded`) changes. */
  watch(key: string, listener: Listener): () => void {
    const set = this.listeners.get(key) ?? new Set()
    set.add(listener)
    this.listeners.set(key, set)
    return () => {
      set.delete(listener)
      if (set.size === 0) this.listeners.delete(key)
    }
  }

  /** Takes in a snapshot: what it does not name is gone. */
  replace(snapshot: Snapshot): void {
    const keys = new Set<string>(['loaded'])
    this.loadedOnce = true
    this.refill('site', snapshot.sites, keys)
    this.refill('room', snapshot.rooms, keys)
    this.refill('device', snapshot.items, keys)
    this.refill('incident', snapshot.incidents, keys)
    this.refill('ticket', snapshot.tickets, keys)
    this.refill('notice', snapshot.notices, keys)
    this.tell(keys)
  }

  /** Takes in changed items of one kind. */
  put<K extends Kind>(kind: K, items: readonly Kinds[K][]): void {
    const keys = new Set<string>()
    for (const item of items) {
      this.tables[kind].set(item.id, item)
      keys.add(`${kind}:${item.id}`)
    }
    if (items.length > 0) this.touch(kind, keys)
    this.tell(keys)
  }

  /** Forgets all, as after signing out. */
  clear(): void {
    const keys = new Set<string>(['loaded'])
    this.loadedOnce = false
    for (const kind of KINDS) this.refill(kind, [], keys)
    this.tell(keys)
  }

  private refill<K extends Kind>(kind: K, items: readonly Kinds[K][], keys: Set<string>): void {
    const table = this.tables[kind]
    for (const id of table.keys()) keys.add(`${kind}:${id}`)
    table.clear()
    for (const item of items) {
      table.set(item.id, item)
      keys.add(`${kind}:${item.id}`)
    }
    this.touch(kind, keys)
  }

  private touch(kind: Kind, keys: Set<string>): void {
    ;(this.lists as Record<Kind, unknown>)[kind] = null
    keys.add(kind)
  }

  private tell(keys: Set<string>): void {
    for (const key of keys) for (const listener of [...(this.listeners.get(key) ?? [])]) listener()
  }
}

export const store = new LiveStore()

export type { Pulse }
