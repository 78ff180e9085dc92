/** Planned work on a room today, or anywhere in two weeks: when, what for, its early end. Absent where there is none. */
import { Button } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { useEndMaintenance } from '../api/actions'
import { useMaintenance } from '../api/queries'
import type { Maintenance, Room } from '../api/types'
import { useRoom, useSite, useTenSeconds } from '../live/hooks'
import { Card } from './Card'
import { Glyph } from './Glyph'
import { RoomLink } from './RoomLink'
import { Trouble } from './Trouble'
import { fullOf, midnightAfter, whenOf } from '../words/time'
import css from './MaintenanceCard.module.css'

const DAY = 86_400_000
const AHEAD = 14

interface Props {
  /** Without a room: all that this person may see. */
  room?: Room
  zone: string | undefined
  may: boolean
}

export function MaintenanceCard({ room, zone, may }: Props) {
  const { t } = useTranslation()
  const midnight = midnightAfter(useTenSeconds(), zone) - DAY
  const { mutate, isPending, error } = useEndMaintenance()
  const windows = (useMaintenance(room?.id, midnight, midnight + (room ? 1 : AHEAD) * DAY).data ?? [])
    .filter((window) => window.state !== 'over')
    .sort((a, b) => nextOf(a) - nextOf(b))
  if (windows.length === 0) return null
  return (
    <Card title={t('maintenance.title')}>
      <ul className={css.list}>
        {windows.map((window) => (
          <li key={window.id}>
            <Glyph name="maintenance" size={16} label="" />
            <span className={css.words}>
              {room === undefined && <Where window={window} />}
              <When window={window} zone={zone} />
              <small>{notes(window, t('maintenance.repeats'))}</small>
            </span>
            {may && (
              <Button variant="default" size="compact-sm" disabled={isPending} onClick={() => mutate(window)}>
                {t(window.now === null ? 'maintenance.cancel' : 'maintenance.end')}
              </Button>
            )}
          </li>
        ))}
      </ul>
      <Trouble failed={error} />
    </Card>
  )
}

/** When it begins next, ms; what runs has begun. */
const nextOf = (window: Maintenance): number => Date.parse((window.now ?? window.next)?.start ?? window.start)

/** The site, and the room within it where it is not all of it. */
function Where({ window }: { window: Maintenance }) {
  const site = useSite(window.site)?.name ?? window.site
  const room = useRoom(window.room ?? '')
  return (
    <b>
      {site} {room && <RoomLink id={room.id}>{room.name}</RoomLink>}
    </b>
  )
}

function notes(window: Maintenance, again: string): string {
  const of = [window.device_name ?? window.device, window.rule, window.repeats === '' ? null : again]
  return [...of, window.reason].filter(Boolean).join(', ')
}

function When({ window, zone }: { window: Maintenance; zone: string | undefined }) {
  const { t } = useTranslation()
  const now = useTenSeconds()
  const span = window.now ?? window.next
  if (span === null) return null
  const [start, end] = [Date.parse(span.start), Date.parse(span.end)]
  return (
    <time dateTime={span.start} title={`${fullOf(start, zone)} - ${fullOf(end, zone)}`}>
      {window.now === null
        ? t('maintenance.fromTo', { from: whenOf(start, now, t, zone), to: whenOf(end, now, t, zone) })
        : t('maintenance.until', { when: whenOf(end, now, t, zone) })}
    </time>
  )
}
