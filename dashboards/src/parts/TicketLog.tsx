/** The log of a ticket, newest first, with what was seen before it was opened. */
import { useTranslation } from 'react-i18next'
import { useTicketLog } from '../api/queries'
import type { Ticket } from '../api/types'
import { store } from '../live/store'
import { linesOf } from '../service/log'
import { nameOf } from '../words/place'
import { useTicketIncident, useUnitOf } from './Evidence'
import { LogList } from './LogList'
import { Trouble } from './Trouble'

interface Props {
  ticket: Ticket
  zone: string | undefined
  /** Only so many of the newest lines, in little room. */
  most?: number
}

export function TicketLog({ ticket, zone, most }: Props) {
  const { t, i18n } = useTranslation()
  const { data = [], error } = useTicketLog(ticket.id, ticket.version)
  const first = useTicketIncident(ticket)
  const unit = useUnitOf(first)
  /** The room that a device stands in, by name; in no room, its own name. */
  const where = (id: string): string => {
    const device = store.one('device', id)
    return device?.room_name ?? nameOf(device ?? { id, name: '' }, t)
  }
  const lines = linesOf({ ticket, entries: data, first, zone, unit, language: i18n.language, where }, t)
  return (
    <>
      <Trouble failed={error} />
      <LogList lines={lines.slice(0, most)} zone={zone} short={most !== undefined} />
    </>
  )
}
