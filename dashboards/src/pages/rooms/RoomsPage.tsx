/** All rooms by site: their state, their lesson, their devices. */
import { Link } from '@tanstack/react-router'
import { memo } from 'react'
import { useTranslation } from 'react-i18next'
import { useMe } from '../../api/queries'
import type { Notice, Room } from '../../api/types'
import { faceOf, isTimed } from '../../campus/tile'
import { useLoaded, useNotices, useRooms, useSites } from '../../live/hooks'
import { useCampusZone } from '../../live/zone'
import { DataAge } from '../../parts/DataAge'
import { Glyph, type GlyphName } from '../../parts/Glyph'
import { MaintenanceCard } from '../../parts/MaintenanceCard'
import { mayAct } from '../../service/actions'
import { openIn } from '../../service/notices'
import { incidentTitle } from '../../words/place'
import { minuteOf } from '../../words/time'
import css from './RoomsPage.module.css'

export default function RoomsPage() {
  const { t } = useTranslation()
  const sites = useSites()
  const rooms = useRooms()
  const notices = useNotices()
  const loaded = useLoaded()
  const zone = useCampusZone()
  const may = mayAct(useMe().data?.role)
  return (
    <main className={css.page}>
      <header className={css.head}>
        <h1>{t('room.title')}</h1>
        <DataAge />
      </header>
      {loaded && rooms.length === 0 && <p className={css.none}>{t('room.noRooms')}</p>}
      <MaintenanceCard zone={zone} may={may} />
      {sites.map((site) => {
        const mine = rooms.filter((room) => room.site === site.id)
        if (mine.length === 0) return null
        return (
          <section key={site.id} className={css.site}>
            <h2>
              {site.name}
              <span>{t('wall.rooms', { count: mine.length })}</span>
            </h2>
            <table className={css.table}>
              <thead>
                <tr>
                  <th>{t('room.column.room')}</th>
                  <th>{t('room.column.state')}</th>
                  <th>{t('room.column.lesson')}</th>
                  <th>{t('room.column.recording')}</th>
                  <th>{t('room.column.devices')}</th>
                </tr>
              </thead>
              <tbody>
                {mine.map((room) => (
                  <Row key={room.id} room={room} notice={openIn(notices, room.id)[0]} zone={site.time_zone} />
                ))}
              </tbody>
            </table>
          </section>
        )
      })}
    </main>
  )
}

const GLYPHS: Partial<Record<ReturnType<typeof faceOf>, GlyphName>> = {
  maintenance: 'maintenance',
  l1: '1',
  l2: '2',
  l3: '3',
  unknown: 'unknown',
  off: 'off',
}

interface RowProps {
  room: Room
  /** What the people in the room should know, the latest of it. */
  notice: Notice | undefined
  zone: string
}

const Row = memo(function Row({ room, notice, zone }: RowProps) {
  const { t, i18n } = useTranslation()
  const face = faceOf(room)
  const glyph = GLYPHS[face]
  const [site = '', name = ''] = room.id.split('/')
  const lesson = room.lesson.now
  const { ok, degraded, failed, unknown, off } = room.counts
  return (
    <tr data-face={face}>
      <td>
        <Link to="/rooms/$site/$room" params={{ site, room: name }}>
          {room.name}
        </Link>
        {!room.in_campus && <small>{t('room.notInCampus')}</small>}
      </td>
      <td>
        {isTimed(room) && <span className={css.timed}>{t('room.pending')}</span>}
        {glyph && (
          <span className={css.state}>
            <Glyph name={glyph} size={16} label="" />
            {[
              t(`face.${face}`),
              room.worst && t(`role.${room.worst.role as 'other'}`, { defaultValue: room.worst.role }),
            ]
              .filter(Boolean)
              .join(t('first.join'))}
          </span>
        )}
        {notice && <span className={css.timed}>{incidentTitle(notice, i18n.language)}</span>}
      </td>
      <td>
        {lesson &&
          t('room.lessonUntil', { title: lesson.title, time: minuteOf(Date.parse(lesson.end), zone) })}
      </td>
      <td>
        {room.recording.active === true && (
          <span className={css.state}>
            <Glyph name="recording" size={16} label="" />
            {t('room.recording')}
          </span>
        )}
      </td>
      <td>{ok + degraded + failed + unknown + off}</td>
    </tr>
  )
})
