/** What happened in this room today, newest first. */
import { useTranslation } from 'react-i18next'
import type { Room } from '../../api/types'
import { changesOfIncident } from '../../campus/change'
import { useTenSeconds } from '../../live/hooks'
import { Card } from '../../parts/Card'
import { Glyph, type GlyphName } from '../../parts/Glyph'
import { fullOf, midnightAfter, minuteOf, span } from '../../words/time'
import { useIncidentsToday } from './DayCard'
import css from './JustNow.module.css'

const SHOWN = 6

interface Line {
  key: string
  at: number
  glyph: GlyphName
  text: string
}

export function JustNow({ room, zone }: { room: Room; zone: string | undefined }) {
  const { t, i18n } = useTranslation()
  const midnight = midnightAfter(useTenSeconds(), zone) - 86_400_000
  const incidents = useIncidentsToday(room.id, midnight)
  const lines: Line[] = incidents.flatMap(changesOfIncident).map((change) => {
    const title = (change.words[i18n.language] ?? change.words['en'])?.title ?? ''
    const over = change.kind === 'restored'
    return {
      key: change.key,
      at: change.at,
      glyph: over ? 'recovered' : (String(change.level) as GlyphName),
      text: over ? t('room.restoredAfter', { what: title, span: span(change.spanMs ?? 0, t) }) : title,
    }
  })
  for (const one of incidents) {
    if (one.cause === null) continue
    lines.push({
      key: `${one.id}:hidden`,
      at: Date.parse(one.detected_at),
      glyph: 'unknown',
      text: t('room.unseen'),
    })
    if (one.cleared_at !== null)
      lines.push({
        key: `${one.id}:seen`,
        at: Date.parse(one.cleared_at),
        glyph: 'recovered',
        text: t('room.seen'),
      })
  }
  if (room.recording.active === true && room.recording.since !== null)
    lines.push({
      key: 'recording',
      at: Date.parse(room.recording.since),
      glyph: 'recording',
      text: t('room.began'),
    })
  lines.sort((a, b) => b.at - a.at)
  return (
    <Card title={t('room.justNow')}>
      {lines.length === 0 && <p className={css.none}>{t('room.nothingToday')}</p>}
      <ol className={css.lines}>
        {lines.slice(0, SHOWN).map((line) => (
          <li key={line.key}>
            <time dateTime={new Date(line.at).toISOString()} title={fullOf(line.at, zone)}>
              {minuteOf(line.at, zone)}
            </time>
            <Glyph name={line.glyph} size={14} />
            <span>{line.text}</span>
          </li>
        ))}
      </ol>
    </Card>
  )
}
