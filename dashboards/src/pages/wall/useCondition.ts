/** The condition of the campus, computed again when rooms, incidents or tickets change. */
import { useMemo } from 'react'
import { causes, countsOf, type Cause, type Counts } from '../../campus/condition'
import { useIncidents, useLiveTickets, useRooms, useSites } from '../../live/hooks'
import { store } from '../../live/store'

export function useCondition(): { causes: Cause[]; counts: Counts } {
  const rooms = useRooms()
  const sites = useSites()
  const incidents = useIncidents()
  const tickets = useLiveTickets()
  return useMemo(() => {
    const found = causes({ rooms, sites, incidents, tickets, device: (id) => store.one('device', id) })
    return { causes: found, counts: countsOf(rooms, found) }
  }, [rooms, sites, incidents, tickets])
}
