/** What a device hangs on: who reads it, what leads to it, what feeds it, what it writes to, and how these are. */
import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { useParents } from '../api/queries'
import type { Device, Parent, Ticket } from '../api/types'
import { useDevice, useLiveTickets } from '../live/hooks'
import { isOver } from '../service/clocks'
import { nameOf } from '../words/place'
import { Card } from './Card'
import { DeviceSign } from './DeviceSign'
import css from './ParentsCard.module.css'
import { RoleIcon } from './RoleIcon'
import { RoomLink } from './RoomLink'

interface Props {
  device: Pick<Device, 'id' | 'name'>
}

export function ParentsCard({ device }: Props) {
  const { t } = useTranslation()
  const parents = useParents(device.id).data ?? []
  const tickets = useLiveTickets()
  if (parents.length === 0) return null
  return (
    <Card title={t('parents.title')} note={t('parents.of', { device: nameOf(device, t) })}>
      <ul className={css.parents}>
        {parents.map((parent) => (
          <Row
            key={`${parent.of} ${parent.carries} ${parent.device}`}
            parent={parent}
            isDirect={parent.of === device.id}
            ticket={tickets.find((one) => one.device === parent.device && !isOver(one))}
          />
        ))}
      </ul>
    </Card>
  )
}

interface RowProps {
  parent: Parent
  isDirect: boolean
  ticket: Ticket | undefined
}

function Row({ parent, isDirect, ticket }: RowProps) {
  const { t } = useTranslation()
  const shown = useDevice(parent.device)
  const fed = useDevice(parent.of)
  const name = nameOf(shown ?? { id: parent.device, name: '' }, t)
  const notes = [
    t(`parents.${parent.carries ?? 'agent'}`),
    parent.port && t('parents.port', { port: parent.port }),
    !isDirect && t('parents.feeds', { device: nameOf(fed ?? { id: parent.of, name: '' }, t) }),
    parent.source && t(`parents.learnt.${parent.source as 'LLDP'}`, { defaultValue: parent.source }),
  ].filter(Boolean)
  return (
    <li>
      <RoleIcon role={shown?.role ?? 'other'} size={18} />
      <span className={css.words}>
        <span>
          {shown?.room ? (
            <RoomLink id={shown.room} device={shown.id}>
              {name}
            </RoomLink>
          ) : (
            name
          )}
          {ticket && (
            <Link to="/tickets/$id" params={{ id: String(ticket.id) }}>
              {t('ticket.number', { id: ticket.id })}
            </Link>
          )}
        </span>
        <small>{notes.join(t('first.join'))}</small>
      </span>
      {shown && <DeviceSign device={shown} />}
    </li>
  )
}
