/** The sites with their rooms, in campus order. */
import { Link } from '@tanstack/react-router'
import { memo, useEffect, useMemo, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Room } from '../../api/types'
import { siteCause, type Cause } from '../../campus/condition'
import { ALARM_LEAST, gapFor, onShow, sizeFor, type Size } from '../../campus/grid'
import { faceOf, isTimed, tapeOf } from '../../campus/tile'
import { useRoom, useRooms, useSecond, useSite, useSites, useTenSeconds } from '../../live/hooks'
import { store } from '../../live/store'
import { Tile } from '../../parts/Tile'
import { elapsedDigits } from '../../service/digits'
import { tokens } from '../../theme/tokens'
import { incidentTitle, inSentence } from '../../words/place'
import { deviceWord, shortSite } from './headline'
import css from './Sites.module.css'
import { useCondition } from './useCondition'

export function Sites({ height }: { height: number }) {
  const { t } = useTranslation()
  const sites = useSites()
  const rooms = useRooms()
  const { causes } = useCondition()
  const bySite = useMemo(() => {
    const found = new Map<string, string[]>()
    for (const room of rooms) found.set(room.site, [...(found.get(room.site) ?? []), room.id])
    return found
  }, [rooms])
  const sized = useMemo(
    () =>
      sites
        .map((site) => ({
          site,
          rooms: bySite.get(site.id)?.length ?? 0,
          least: siteCause(causes, site.id) ? ALARM_LEAST : undefined,
        }))
        .filter((entry) => entry.rooms > 0),
    [sites, bySite, causes],
  )
  const size = sizeFor(sized, height)
  const turn = useTurn()
  const shown = onShow(sized, turn, height)
  return (
    <section className={`${css.sites} ${css[size]}`} style={{ height, rowGap: gapFor(size, shown, height) }}>
      {shown.map(({ site, least }) => (
        <div key={site.id} className={css.site} style={{ minHeight: least }}>
          <SiteLabel id={site.id} cause={siteCause(causes, site.id)} />
          <ul className={css.rooms} aria-label={site.name}>
            {(bySite.get(site.id) ?? []).map((id) => (
              <li key={id}>
                <Cell id={id} size={size} />
              </li>
            ))}
          </ul>
        </div>
      ))}
      {shown.length < sized.length && (
        <p className={css.turns}>{t('wall.rotating', { from: shown.length, all: sized.length })}</p>
      )}
    </section>
  )
}

/** Counts the turns of the sites that take turns. */
function useTurn(): number {
  const [turn, setTurn] = useState(0)
  useEffect(() => {
    const timer = setInterval(() => setTurn((old) => old + 1), tokens.wall.rotate * 1000)
    return () => clearInterval(timer)
  }, [])
  return turn
}

const SiteLabel = memo(function SiteLabel({ id, cause }: { id: string; cause: Cause | undefined }) {
  const { t } = useTranslation()
  const site = useSite(id)
  if (site === undefined) return <div />
  if (cause !== undefined) return <Alarm name={site.name} cause={cause} />
  return (
    <div className={css.label}>
      <h2>{site.name}</h2>
      <p>
        {t('wall.rooms', { count: site.rooms.total })}
        {site.rooms.recording > 0 && (
          <>
            <i />
            {t('wall.recording', { count: site.rooms.recording })}
          </>
        )}
      </p>
    </div>
  )
})

function Alarm({ name, cause }: { name: string; cause: Cause }) {
  const { t } = useTranslation()
  const now = useSecond()
  const body = (
    <>
      <h2>
        {cause.siteWide
          ? t('wall.siteDown', { site: shortSite(name) })
          : deviceWord(store.one('device', cause.incident.device), t) || shortSite(name)}
      </h2>
      <p>{t('wall.roomsHidden', { count: cause.hidden })}</p>
      <p>
        {elapsedDigits(now - Date.parse(cause.since))}
        {t('wall.dot')}
        {cause.ticket?.assignee ?? t('ticket.lower.unclaimed')}
      </p>
    </>
  )
  const className = `${css.alarm} ${css[`alarm${cause.level}`]} ${cause.ticket?.state === 'open' ? css.open : ''}`
  if (cause.ticket === null) return <div className={className}>{body}</div>
  return (
    <Link to="/tickets/$id" params={{ id: String(cause.ticket.id) }} className={className}>
      {body}
    </Link>
  )
}

const Cell = memo(function Cell({ id, size }: { id: string; size: Size }) {
  const room = useRoom(id)
  if (room === undefined) return null
  return <RoomCell room={room} size={size} />
})

function RoomCell({ room, size }: { room: Room; size: Size }) {
  const { t, i18n } = useTranslation()
  const now = useTenSeconds()
  const face = faceOf(room)
  const timed = isTimed(room)
  const changed = useChanged(timed ? `${face} timed` : face)
  const [site = '', name = ''] = room.id.split('/')
  const why = face === 'l1' || face === 'l2' || face === 'l3' ? reasonOf(room.id, i18n.language) : null
  const label = [room.name, t(`face.${face}`), why, timed ? t('room.pending') : null]
    .filter(Boolean)
    .join(', ')
  return (
    <Link
      to="/rooms/$site/$room"
      params={{ site, room: name }}
      className={`${css.cell} ${face === 'l1' ? css.ring : ''} ${face === 'l1' && isUnclaimed(room.id) ? css.open : ''}`}
      aria-label={label}
      data-face={face}
      data-timed={timed || undefined}
    >
      <Tile
        name={room.name}
        face={face}
        size={size}
        role={room.worst?.role}
        tape={tapeOf(room, now)}
        timed={timed}
      />
      {changed > 0 && <span key={changed} className={css.pulse} />}
    </Link>
  )
}

/** Counts the changes of what a tile shows since it was first drawn. */
function useChanged(face: string): number {
  const last = useRef(face)
  const [count, setCount] = useState(0)
  useEffect(() => {
    if (last.current === face) return
    last.current = face
    setCount((old) => old + 1)
  }, [face])
  return count
}

function reasonOf(room: string, language: string): string | null {
  const open = store.all('incident').filter((one) => one.room === room && one.state === 'open')
  const worst = open.sort((a, b) => a.level - b.level)[0]
  return worst === undefined ? null : inSentence(incidentTitle(worst, language), language)
}

function isUnclaimed(room: string): boolean {
  return store.all('ticket').some((one) => one.room === room && one.level === 1 && one.state === 'open')
}
