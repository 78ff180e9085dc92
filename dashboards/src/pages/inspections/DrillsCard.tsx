/** The proofs that detection works: drills that were carried out, by hand or by plan, the latest first. */
import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { useDrills } from '../../api/queries'
import type { Drill } from '../../api/types'
import { useRoom, useSite, useTenSeconds } from '../../live/hooks'
import { Card } from '../../parts/Card'
import { Glyph } from '../../parts/Glyph'
import { RoomLink } from '../../parts/RoomLink'
import { fullOf, span, whenOf } from '../../words/time'
import css from './DrillsCard.module.css'

export function DrillsCard() {
  const { t } = useTranslation()
  const { data: drills } = useDrills()
  if (drills === undefined) return null
  return (
    <Card title={t('drills.title')} note={t('drills.note')}>
      {drills.length === 0 && (
        <p className={css.none}>
          {t('drills.none')} <code>roomtone drill SITE/ROOM</code>
        </p>
      )}
      <ul className={css.drills}>
        {drills.map((drill) => (
          <Row key={drill.id} drill={drill} />
        ))}
      </ul>
    </Card>
  )
}

function Row({ drill }: { drill: Drill }) {
  const { t } = useTranslation()
  const now = useTenSeconds()
  const room = useRoom(drill.room)
  const site = useSite(drill.room.split('/')[0] ?? '')
  const at = Date.parse(drill.started_at)
  const took = drill.detection_s === null ? '' : span(drill.detection_s * 1000, t)
  const how = drill.passed
    ? t('drills.passed', { span: took })
    : t('drills.failed', { step: drill.failed ?? '' })
  return (
    <li>
      <Glyph name={drill.passed ? 'recovered' : '2'} size={16} label="" />
      <span>
        {site?.name} {room ? <RoomLink id={room.id}>{room.name}</RoomLink> : drill.room}
        <small>{how}</small>
      </span>
      {drill.ticket !== null && (
        <Link to="/tickets/$id" params={{ id: String(drill.ticket) }}>
          {t('ticket.number', { id: drill.ticket })}
        </Link>
      )}
      <time dateTime={drill.started_at} title={fullOf(at, site?.time_zone)}>
        {whenOf(at, now, t, site?.time_zone)}
      </time>
    </li>
  )
}
