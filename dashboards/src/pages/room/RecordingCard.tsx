/** What is being recorded, for how long, how loud, and how much room is left. Left out where nothing says. */
import { useTranslation } from 'react-i18next'
import { useMetrics } from '../../api/queries'
import type { Device, Metric, Room } from '../../api/types'
import { isSilent } from '../../campus/silence'
import { useIncidents } from '../../live/hooks'
import { valueWords } from '../../metrics/value'
import { Card } from '../../parts/Card'
import { Glyph } from '../../parts/Glyph'
import { Facts, type Fact } from '../../parts/Facts'
import { Meter } from '../../parts/Meter'
import { languageOf } from '../../words/place'
import { metricName } from '../../words/metrics'
import { fullOf, secondOf } from '../../words/time'
import css from './RecordingCard.module.css'

interface Props {
  room: Room
  devices: readonly Device[]
  now: number
  zone: string | undefined
}

const TOLD = [
  'classroom.recording.growth',
  'classroom.recording.bytes',
  'classroom.recording.frame.age',
  'classroom.recording.hours_left',
  'classroom.recording.upload.backlog',
  'classroom.recording.upload.oldest',
]
const LEVEL = 'classroom.recording.audio.level'

const two = (n: number): string => String(n).padStart(2, '0')

export function RecordingCard({ room, devices, now, zone }: Props) {
  const { t, i18n } = useTranslation()
  const recorder = devices.find((device) => device.role === 'recorder-pc' || device.role === 'recorder')
  const incidents = useIncidents()
  const { data = [] } = useMetrics(room.recording.active === null ? undefined : recorder?.id)
  if (room.recording.active === null || recorder === undefined) return null
  const since = room.recording.since === null ? null : Date.parse(room.recording.since)
  const seen = recorder.last_seen === null ? null : Date.parse(recorder.last_seen)
  const unseen = isSilent(recorder, incidents)
  const active = room.recording.active
  const loud = active && !unseen ? data.filter((one) => one.metric === LEVEL) : []
  const passed =
    since === null ? 0 : Math.max(0, Math.floor(((unseen && seen !== null ? seen : now) - since) / 1000))
  const facts = TOLD.flatMap((metric): Fact[] =>
    data
      .filter((one) => one.metric === metric)
      .map((one) => [metricName(one.metric, one.instance, languageOf(i18n.language)), words(one, t)]),
  )
  return (
    <Card
      title={
        <span className={css.title}>
          {unseen ? <Glyph name="unknown" size={16} label="" /> : <i className={active ? css.on : css.off} />}
          {t(active ? 'room.recording' : 'room.notRecording', { context: unseen ? 'unseen' : undefined })}
        </span>
      }
      note={unseen && seen !== null ? t('room.asOf', { time: secondOf(seen, zone) }) : room.lesson.now?.title}
      className={unseen ? css.unseen : undefined}
    >
      {active && since !== null && (
        <p className={css.passed} title={fullOf(since, zone)}>
          {`${two(Math.floor(passed / 3600))}:${two(Math.floor(passed / 60) % 60)}:${two(passed % 60)}`}
        </p>
      )}
      {loud.length > 0 && <Meter channels={loud.map((one) => ({ name: one.instance, value: one.value }))} />}
      <Facts facts={facts} />
    </Card>
  )
}

function words(one: Metric, t: Parameters<typeof valueWords>[3]): string {
  return valueWords(one.metric, one.unit, one.value, t)
}
