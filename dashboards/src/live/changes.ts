/** The last changes of the campus, as this page has seen them happen; the past before that is filled in once. */
import type { Incident, Room, Ticket } from '../api/types'
import { changesOfIncident, merged, relevelOf, sightOf, stepOf, type Change } from '../campus/change'
import { clock } from './clock'

type Listener = () => void

class Changes {
  private list: readonly Change[] = []
  private readonly listeners = new Set<Listener>()

  get = (): readonly Change[] => this.list

  watch = (listener: Listener): (() => void) => {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  /** Fills in what happened before this page was opened. */
  seed(incidents: readonly Incident[]): void {
    this.add(incidents.flatMap(changesOfIncident))
  }

  incidents(items: readonly Incident[], before: (id: string) => Incident | undefined): void {
    const at = clock.now()
    this.add(
      items.flatMap((incident) => {
        const moved = relevelOf(before(incident.id), incident, at)
        return moved === null ? changesOfIncident(incident) : [moved]
      }),
    )
  }

  tickets(items: readonly Ticket[], before: (id: number) => Ticket | undefined): void {
    this.add(items.map((ticket) => stepOf(before(ticket.id), ticket)).filter((change) => change !== null))
  }

  rooms(items: readonly Room[], before: (id: string) => Room | undefined): void {
    this.add(sightOf(before, items, clock.now()))
  }

  private add(fresh: readonly Change[]): void {
    if (fresh.length === 0) return
    this.list = merged(this.list, fresh)
    for (const listener of [...this.listeners]) listener()
  }
}

export const changes = new Changes()
