/** What is out of sight because of this ticket: incidents that its own one caused, by room or device. */
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import type { Ticket } from '../../api/types'
import { useIncidents } from '../../live/hooks'
import { store } from '../../live/store'
import { Card } from '../../parts/Card'
import { RoomLink } from '../../parts/RoomLink'
import css from './SideCards.module.css'

const NAMED = 40

interface Hidden {
  id: string
  name: string
  isRoom: boolean
}

export function HiddenCard({ ticket }: { ticket: Ticket }) {
  const { t } = useTranslation()
  const incidents = useIncidents()
  const hidden = useMemo(() => {
    const found = new Map<string, Hidden>()
    for (const one of incidents) {
      if (one.ticket !== ticket.id || one.cause === null || one.state !== 'open') continue
      const room = one.room === null ? undefined : store.one('room', one.room)
      const name = room?.name ?? store.one('device', one.device)?.name ?? one.device
      found.set(one.room ?? one.device, { id: one.room ?? one.device, name, isRoom: room !== undefined })
    }
    return [...found.values()].sort((a, b) => a.name.localeCompare(b.name, undefined, { numeric: true }))
  }, [incidents, ticket.id])
  if (hidden.length === 0) return null
  return (
    <Card title={t('ticket.hidden')} note={hidden.length}>
      <ul className={css.hidden}>
        {hidden.slice(0, NAMED).map(({ id, name, isRoom }) => (
          <li key={id}>{isRoom ? <RoomLink id={id}>{name}</RoomLink> : name}</li>
        ))}
        {hidden.length > NAMED && <li>{t('ticket.hiddenMore', { number: hidden.length - NAMED })}</li>}
      </ul>
    </Card>
  )
}
