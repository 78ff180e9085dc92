/** One room: its day, its devices, what the one in focus measures, its ticket, and what happened just now. */
import { Button } from '@mantine/core'
import { IconHeadset, IconTool } from '@tabler/icons-react'
import { getRouteApi, Link } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useMe, useRoomDetail } from '../../api/queries'
import type { Device, Room, Ticket } from '../../api/types'
import { levelOf } from '../../api/types'
import {
  useDevice,
  useDevices,
  useIncidents,
  useLiveTickets,
  useLoaded,
  useRoom,
  useSecond,
  useSite,
} from '../../live/hooks'
import { Crumbs } from '../../parts/Crumbs'
import { DataAge } from '../../parts/DataAge'
import { Glyph } from '../../parts/Glyph'
import { KeyCap } from '../../parts/KeyCap'
import { OverridesCard } from '../../parts/OverridesCard'
import { ParentsCard } from '../../parts/ParentsCard'
import { Pill } from '../../parts/Pill'
import { useKeys } from '../../parts/useKeys'
import { mayAct } from '../../service/actions'
import { byNearest, isOver } from '../../service/clocks'
import { nameOf, ticketTitle } from '../../words/place'
import { span, whenOf } from '../../words/time'
import { CallDialog } from '../tickets/CallDialog'
import { ChartsCard } from './ChartsCard'
import { DayCard } from './DayCard'
import { DevicesCard } from './DevicesCard'
import { JustNow } from './JustNow'
import { MaintenanceCard } from '../../parts/MaintenanceCard'
import { MaintenanceDialog } from './MaintenanceDialog'
import { NoticesCard } from './NoticesCard'
import { RecordingCard } from './RecordingCard'
import css from './RoomPage.module.css'
import { TicketCard } from './TicketCard'

const route = getRouteApi('/desk/rooms/$site/$room')

export default function RoomPage() {
  const { t } = useTranslation()
  const { site, room: name } = route.useParams()
  const id = `${site}/${name}`
  const room = useRoom(id)
  const loaded = useLoaded()
  if (room !== undefined) return <Found key={id} room={room} />
  if (!loaded) return null
  return (
    <main className={css.lost}>
      <h1>{t('room.notFound', { id })}</h1>
      <p>{t('room.notFoundNote')}</p>
      <Link to="/rooms">{t('room.all')}</Link>
    </main>
  )
}

function Found({ room }: { room: Room }) {
  const { t } = useTranslation()
  const navigate = route.useNavigate()
  const { device: asked } = route.useSearch()
  const zone = useSite(room.site)?.time_zone
  const now = useSecond()
  const devices = useDevices().filter((device) => device.room === room.id)
  const tickets = useTicketsOf(room.id, now)
  const lessons = useRoomDetail(room.id).data?.lessons ?? []
  const [calling, setCalling] = useState(false)
  const [planning, setPlanning] = useState(false)
  const mayPlan = mayAct(useMe().data?.role)
  const focused = devices.find((device) => device.id === asked) ?? mostTelling(devices)
  useKeys({ n: () => setCalling(true) })
  return (
    <main className={css.page}>
      <header className={css.head}>
        <div>
          <Crumbs>
            <Link to="/rooms">{t('room.title')}</Link>
            <span>{room.site_name}</span>
            {!room.in_campus && <span>{t('room.notInCampus')}</span>}
            <span />
          </Crumbs>
          <div className={css.title}>
            <h1>{room.name}</h1>
            <Condition room={room} tickets={tickets} now={now} />
          </div>
        </div>
        <div className={css.tools}>
          <DataAge />
          {mayPlan && (
            <Button
              variant="default"
              onClick={() => setPlanning(true)}
              leftSection={<IconTool size={16} stroke={1.6} aria-hidden="true" />}
            >
              {t('maintenance.plan')}
            </Button>
          )}
          <Button
            variant="default"
            onClick={() => setCalling(true)}
            leftSection={<IconHeadset size={16} stroke={1.6} aria-hidden="true" />}
            rightSection={<KeyCap>N</KeyCap>}
          >
            {t('room.report')}
          </Button>
        </div>
      </header>
      <DayCard room={room} devices={devices} lessons={lessons} zone={zone} />
      <div className={css.columns}>
        <div className={css.side}>
          <DevicesCard
            devices={devices}
            focused={focused?.id}
            onFocus={(device) => void navigate({ search: { device }, replace: true })}
            now={now}
          />
          {focused && <ParentsCard device={focused} />}
          {focused && <OverridesCard device={focused} />}
        </div>
        {focused ? <ChartsCard key={focused.id} device={focused} lessons={lessons} zone={zone} /> : <div />}
        <div className={`${css.side} ${css.room}`}>
          <RecordingCard room={room} devices={devices} now={now} zone={zone} />
          {tickets.slice(0, 2).map((ticket) => (
            <TicketCard
              key={ticket.id}
              ticket={ticket}
              now={now}
              zone={zone}
              elsewhere={ticket.room !== room.id}
            />
          ))}
          <NoticesCard room={room} zone={zone} />
          <MaintenanceCard room={room} zone={zone} may={mayPlan} />
          <JustNow room={room} zone={zone} />
        </div>
      </div>
      {planning && (
        <MaintenanceDialog
          room={room}
          devices={devices}
          device={asked}
          zone={zone}
          onDone={() => setPlanning(false)}
        />
      )}
      {calling && (
        <CallDialog
          room={room.id}
          onDone={() => setCalling(false)}
          onOpened={(id) => void navigate({ to: '/tickets/$id', params: { id: String(id) } })}
        />
      )}
    </main>
  )
}

/** The live tickets of a room, and those whose fault hides it, the nearest clock first. */
function useTicketsOf(room: string, now: number): Ticket[] {
  const incidents = useIncidents()
  const own = new Set(
    incidents.filter((one) => one.room === room && one.state === 'open').map((one) => one.ticket),
  )
  return byNearest(
    useLiveTickets().filter(
      (ticket) => (ticket.room === room || own.has(ticket.id)) && ticket.state !== 'closed',
    ),
    now,
  )
}

/** The device that a reader wants to see first: the worst, else a recorder, else the first. */
function mostTelling(devices: readonly Device[]): Device | undefined {
  const rank = (device: Device): number =>
    device.level ??
    (device.state === 'unknown' ? 4 : device.role === 'recorder-pc' || device.role === 'recorder' ? 5 : 6)
  return [...devices].sort((a, b) => rank(a) - rank(b))[0]
}

/** The room's condition in words first: its level and what is wrong, or that all is well. */
function Condition({ room, tickets, now }: { room: Room; tickets: readonly Ticket[]; now: number }) {
  const { t, i18n } = useTranslation()
  const zone = useSite(room.site)?.time_zone
  const level = levelOf(room.level)
  const ticket = tickets
    .filter((one) => one.room === room.id && one.level === room.level)
    .sort((a, b) => a.id - b.id)[0]
  const hiding = tickets.find((one) => one.room !== room.id && !isOver(one))
  const hidden = useDevice(hiding?.device ?? '')
  if (room.maintenance !== null)
    return (
      <>
        <Glyph name="maintenance" size={24} label="" />
        <Pill large>
          {t('maintenance.until', { when: whenOf(Date.parse(room.maintenance), now, t, zone) })}
        </Pill>
      </>
    )
  if (level !== null)
    return (
      <>
        <Pill level={level} glyph large>
          {[t(`level.${level}`), ticket && ticketTitle(ticket, i18n.language)]
            .filter(Boolean)
            .join(i18n.language === 'en' ? ', ' : '，')}
        </Pill>
        {ticket?.onset_at && (
          <span>{t('room.for', { span: span(now - Date.parse(ticket.onset_at), t) })}</span>
        )}
      </>
    )
  if (room.state === 'unknown')
    return (
      <>
        <Pill large>{t('room.unseen')}</Pill>
        {hidden && <span>{t('room.unseenBehind', { name: nameOf(hidden, t) })}</span>}
      </>
    )
  if (room.state === 'off') return <Pill large>{t('room.off')}</Pill>
  return <span>{t('room.well')}</span>
}
