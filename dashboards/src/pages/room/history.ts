/** What happened in a room, as lines for people: faults, corrections by late readings, going out of sight. */
import type { TFunction } from 'i18next'
import type { Incident, Room } from '../../api/types'
import { changesOfIncident } from '../../campus/change'
import type { GlyphName } from '../../parts/Glyph'
import { correctionsOf, correctionWords } from '../../service/corrections'
import { incidentTitle } from '../../words/place'
import { span } from '../../words/time'

export interface HistoryLine {
  key: string
  at: number
  glyph: GlyphName | 'correction'
  text: string
}

/** The lines, newest first; `say` tells a time of the past. */
export function historyOf(
  room: Pick<Room, 'recording'>,
  incidents: readonly Incident[],
  say: (at: number) => string,
  language: string,
  t: TFunction,
): HistoryLine[] {
  const lines = incidents.flatMap((incident) => linesOf(incident, say, language, t))
  if (room.recording.active === true && room.recording.since !== null)
    lines.push({
      key: 'recording',
      at: Date.parse(room.recording.since),
      glyph: 'recording',
      text: t('room.began'),
    })
  return lines.sort((a, b) => b.at - a.at)
}

function linesOf(
  incident: Incident,
  say: (at: number) => string,
  language: string,
  t: TFunction,
): HistoryLine[] {
  const what = incidentTitle(incident, language)
  const corrected = correctionsOf(incident).map(({ at, corrected: one }, index): HistoryLine => ({
    key: `${incident.id}:corrected:${index}`,
    at,
    glyph: 'correction',
    text: t('room.corrected', { what, how: correctionWords(one, say, t) }),
  }))
  if (incident.cause !== null) return [...sight(incident, t), ...corrected]
  const told = changesOfIncident(incident).map(({ key, at, kind, level, spanMs }): HistoryLine => {
    if (kind === 'restored')
      return {
        key,
        at,
        glyph: 'recovered',
        text: t('room.restoredAfter', { what, span: span(spanMs ?? 0, t) }),
      }
    const text = incident.late ? t('room.late', { what }) : what
    return { key, at, glyph: String(level) as GlyphName, text }
  })
  return [...told, ...corrected]
}

/** A fault elsewhere took the room, or a device in it, out of sight. */
function sight(incident: Incident, t: TFunction): HistoryLine[] {
  const gone: HistoryLine = {
    key: `${incident.id}:hidden`,
    at: Date.parse(incident.detected_at),
    glyph: 'unknown',
    text: t('room.unseen'),
  }
  if (incident.cleared_at === null) return [gone]
  return [
    gone,
    {
      key: `${incident.id}:seen`,
      at: Date.parse(incident.cleared_at),
      glyph: 'recovered',
      text: t('room.seen'),
    },
  ]
}
