/** A link to the page of a room, by its id. */
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'

interface Props {
  /** `site/room` */
  id: string
  /** The device that is in focus there. */
  device?: string
  children: ReactNode
}

export function RoomLink({ id, device, children }: Props) {
  const [site = '', room = ''] = id.split('/')
  return (
    <Link to="/rooms/$site/$room" params={{ site, room }} search={device === undefined ? {} : { device }}>
      {children}
    </Link>
  )
}
