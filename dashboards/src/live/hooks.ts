/** Hooks that watch the live store: each draws its component again only when what it names has changed. */
import { useCallback, useSyncExternalStore } from 'react'
import type { Device, Incident, Notice, Room, Site, Ticket } from '../api/types'
import { changes } from './changes'
import { clock } from './clock'
import { ageOf, blindFor, freshnessOf, type Freshness } from './freshness'
import { link, type LinkState } from './link'
import { store, type Kind } from './store'

function useKey<T>(key: string, read: () => T): T {
  const watch = useCallback((listener: () => void) => store.watch(key, listener), [key])
  return useSyncExternalStore(watch, read)
}

export const useLoaded = (): boolean => useKey('loaded', () => store.loaded)

export const useRoom = (id: string): Room | undefined => useKey(`room:${id}`, () => store.one('room', id))
export const useSite = (id: string): Site | undefined => useKey(`site:${id}`, () => store.one('site', id))
export const useDevice = (id: string): Device | undefined =>
  useKey(`device:${id}`, () => store.one('device', id))
export const useLiveTicket = (id: number): Ticket | undefined =>
  useKey(`ticket:${id}`, () => store.one('ticket', id))

export const useRooms = (): readonly Room[] => useKey('room', () => store.all('room'))
export const useSites = (): readonly Site[] => useKey('site', () => store.all('site'))
export const useDevices = (): readonly Device[] => useKey('device', () => store.all('device'))
export const useIncidents = (): readonly Incident[] => useKey('incident', () => store.all('incident'))
export const useLiveTickets = (): readonly Ticket[] => useKey('ticket', () => store.all('ticket'))
export const useNotices = (): readonly Notice[] => useKey('notice', () => store.all('notice'))

/** The server's second on show, ms; the component is drawn once a second. */
export const useSecond = (): number => useSyncExternalStore(clock.onSecond, clock.shownSecond)

/** The server's last whole ten seconds, ms. */
export const useTenSeconds = (): number => useSyncExternalStore(clock.onTen, clock.shownTen)

export const useLink = (): LinkState => useSyncExternalStore(link.watch, link.get)

export const useChanges = (): ReturnType<typeof changes.get> =>
  useSyncExternalStore(changes.watch, changes.get)

/** How fresh the data is, looked at once a second. */
export function useFreshness(): Freshness {
  const read = useCallback(() => freshnessOf(link.get().heard, Date.now(), clock.now()), [])
  return useSyncExternalStore(clock.onSecond, read)
}

/** Age of the newest data in whole tenths of a second, ms; null before any came. */
export function useAge(): number | null {
  useSecond()
  useLink()
  const found = ageOf(link.get().heard, clock.now())
  return found === null ? null : Math.round(found / 100) * 100
}

/** For how long the page has been blind, ms. */
export function useBlindFor(): number {
  useSecond()
  useLink()
  return blindFor(link.get().heard, Date.now(), clock.now())
}

export type { Kind }
