/** The day of a room: height says the level, lessons stand over it, a line says now. */
import { useTranslation } from 'react-i18next'
import type { Lesson } from '../api/types'
import type { Stretch } from '../campus/lane'
import { tokens } from '../theme/tokens'
import { incidentTitle } from '../words/place'
import { minuteOf, span } from '../words/time'
import css from './StateLane.module.css'
import { usePhone } from './usePhone'

interface Props {
  midnight: number
  hours: { from: number; to: number }
  now: number
  zone: string | undefined
  lessons: readonly Lesson[]
  stretches: readonly Stretch[]
}

const HOUR = 3_600_000
const { stateLane } = tokens
const HEIGHT = {
  ok: stateLane.ok,
  off: 4,
  l3: stateLane.level3,
  l2: stateLane.level2,
  l1: stateLane.level1,
  unknown: stateLane.unknown,
  maintenance: stateLane.maintenance,
}

export function StateLane({ midnight, hours, now, zone, lessons, stretches }: Props) {
  const { t, i18n } = useTranslation()
  const start = midnight + hours.from * HOUR
  const length = (hours.to - hours.from) * HOUR
  const left = (at: number): string => `${(((at - start) / length) * 100).toFixed(3)}%`
  const box = (from: number, to: number) => ({
    left: left(from),
    width: `${(((to - from) / length) * 100).toFixed(3)}%`,
  })
  const step = (hours.to - hours.from > 16 ? 2 : 1) * (usePhone() ? 2 : 1)
  const ticks = Array.from({ length: hours.to - hours.from + 1 }, (_, index) => hours.from + index)
  const troubled = stretches.filter((stretch) => stretch.kind !== 'ok' && stretch.kind !== 'off')
  const said = troubled.map((stretch) => {
    const words = stretch.incident
      ? incidentTitle(stretch.incident, i18n.language)
      : t(`face.${stretch.kind as 'l1'}`)
    return `${minuteOf(stretch.from, zone)} ${t(`face.${stretch.kind as 'l1'}`)}, ${words}, ${span(stretch.to - stretch.from, t)}`
  })
  const nowAt = (now - start) / length
  return (
    <div
      className={css.lane}
      role="img"
      aria-label={t('room.laneLabel', { list: said.length > 0 ? said.join('; ') : t('room.laneEmpty') })}
    >
      {ticks.map((hour) => (
        <span key={hour} className={css.hour} style={{ left: left(midnight + hour * HOUR) }}>
          {hour < hours.to &&
          (hour - hours.from) % step === 0 &&
          isClear(nowAt - (hour - hours.from) / (hours.to - hours.from))
            ? minuteOf(midnight + hour * HOUR, zone)
            : ''}
        </span>
      ))}
      {lessons
        .filter((lesson) => Date.parse(lesson.start) < start + length)
        .map((lesson) => (
          <LessonBox
            key={lesson.start}
            lesson={lesson}
            now={now}
            style={box(Date.parse(lesson.start), Date.parse(lesson.end))}
          />
        ))}
      <div className={css.base} />
      {stretches.map((stretch) => (
        <span
          key={`${stretch.kind}${stretch.from}${stretch.incident?.id ?? ''}`}
          className={`${css.stretch} ${css[stretch.kind]}`}
          style={{ ...box(stretch.from, stretch.to), height: HEIGHT[stretch.kind] }}
          title={
            stretch.incident &&
            `${minuteOf(stretch.from, zone)} ${incidentTitle(stretch.incident, i18n.language)}`
          }
        />
      ))}
      {nowAt >= 0 && nowAt <= 1 && (
        <span className={css.now} style={{ left: left(now) }}>
          <b>{minuteOf(now, zone)}</b>
        </span>
      )}
    </div>
  )
}

/** The time of now does not stand on an hour that is so far before it, as a share of the lane. */
function isClear(before: number): boolean {
  return before < -0.02 || before > 0.047
}

function LessonBox({
  lesson,
  now,
  style,
}: {
  lesson: Lesson
  now: number
  style: { left: string; width: string }
}) {
  const over = Date.parse(lesson.end) <= now
  const current = !over && Date.parse(lesson.start) <= now
  const state = over ? css.past : current ? css.current : css.ahead
  return (
    <span className={`${css.lesson} ${state}`} style={style} title={lesson.title}>
      {lesson.recorded && <i className={over || current ? css.dot : css.ring} />}
      <span>{lesson.title}</span>
    </span>
  )
}
