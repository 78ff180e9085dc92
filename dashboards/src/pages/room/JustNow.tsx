/** What happened in this room, newest first: today's, and on request what else there was in seven days. */
import { IconHistory } from '@tabler/icons-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Room } from '../../api/types'
import { useTenSeconds } from '../../live/hooks'
import { Card } from '../../parts/Card'
import { Glyph } from '../../parts/Glyph'
import { Trouble } from '../../parts/Trouble'
import { dayOf, fullOf, midnightAfter, minuteOf } from '../../words/time'
import { useIncidentsSince } from './DayCard'
import { historyOf, type HistoryLine } from './history'
import css from './JustNow.module.css'

const SHOWN = 6
const DAY = 86_400_000
const DAYS = 7

export function JustNow({ room, zone }: { room: Room; zone: string | undefined }) {
  const { t, i18n } = useTranslation()
  const [isWhole, setWhole] = useState(false)
  const midnight = midnightAfter(useTenSeconds(), zone) - DAY
  const when = (at: number): string =>
    at < midnight ? `${dayOf(at, zone).slice(5)} ${minuteOf(at, zone)}` : minuteOf(at, zone)
  const { incidents, failed } = useIncidentsSince(room.id, midnight - (DAYS - 1) * DAY)
  const lines = historyOf(room, incidents, when, i18n.language, t)
  const today = lines.filter((line) => line.at >= midnight).slice(0, SHOWN)
  const shown = isWhole ? lines : today
  const more = lines.length - today.length
  return (
    <Card title={t(isWhole ? 'room.history' : 'room.justNow')}>
      <Trouble failed={failed} />
      {shown.length === 0 && failed === null && <p className={css.none}>{t('room.nothingToday')}</p>}
      <ol className={css.lines} data-dated={isWhole || undefined}>
        {shown.map((line) => (
          <li key={line.key}>
            <time dateTime={new Date(line.at).toISOString()} title={fullOf(line.at, zone)}>
              {when(line.at)}
            </time>
            <Sign line={line} />
            <span>{line.text}</span>
          </li>
        ))}
      </ol>
      {(more > 0 || isWhole) && (
        <button
          type="button"
          className={css.more}
          aria-expanded={isWhole}
          onClick={() => setWhole((old) => !old)}
        >
          {isWhole ? t('room.less') : t('room.earlier', { count: more })}
        </button>
      )}
    </Card>
  )
}

function Sign({ line }: { line: HistoryLine }) {
  if (line.glyph === 'correction')
    return <IconHistory size={14} stroke={1.6} className={css.correction} aria-hidden="true" />
  return <Glyph name={line.glyph} size={14} />
}
