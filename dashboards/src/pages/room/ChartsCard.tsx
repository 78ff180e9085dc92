/** What the device in focus measures: small multiples with one cursor. */
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useIncidentsOf, useLimits, useMetrics, useSeries } from '../../api/queries'
import type { Device, Incident, Lesson, Limit } from '../../api/types'
import { isSilent } from '../../campus/silence'
import { clock } from '../../live/clock'
import { useIncidents, useTenSeconds } from '../../live/hooks'
import { axisOf } from '../../metrics/axis'
import { tellingMetrics, type Told } from '../../metrics/telling'
import { limitsOf, linesOf, withLimits } from '../../metrics/thresholds'
import { Card } from '../../parts/Card'
import { Chart } from '../../parts/Chart'
import type { Band } from '../../parts/chartDraw'
import { columnsOf, extremes } from '../../parts/columns'
import { Trouble } from '../../parts/Trouble'
import { languageOf } from '../../words/place'
import { metricName } from '../../words/metrics'
import { dayOf, minuteOf, secondOf } from '../../words/time'
import css from './ChartsCard.module.css'

const RANGES = { '1h': 3600, '6h': 21_600, '1d': 86_400, '7d': 604_800, '90d': 7_776_000 } as const
type RangeName = keyof typeof RANGES
const POINTS = 360
const FIRST_HEIGHT = 132
const HEIGHT = 96

interface Props {
  device: Device
  lessons: readonly Lesson[]
  zone: string | undefined
}

export function ChartsCard({ device, lessons, zone }: Props) {
  const { t, i18n } = useTranslation()
  const [name, setName] = useState<RangeName>('1h')
  const lastS = RANGES[name]
  const to = useTenSeconds() / 1000
  const from = to - lastS
  const incidents = useIncidentsIn(device.id, Math.floor(from / 600) * 600_000)
  const { data: metrics, error, isPending } = useMetrics(device.id)
  const limits = useLimits(device.id).data ?? []
  const told = tellingMetrics(
    device.role,
    metrics ?? [],
    incidents.filter((one) => one.state === 'open'),
  )
  const [cursor, setCursor] = useState<number | null>(null)
  const title = t('room.past', { device: device.name || device.id, range: t(`room.range.${name}`) })
  return (
    <Card
      flush
      title={title}
      note={
        <span className={css.ranges} role="radiogroup" aria-label={title}>
          {(Object.keys(RANGES) as RangeName[]).map((one) => (
            <button
              key={one}
              type="button"
              role="radio"
              aria-checked={one === name}
              onClick={() => setName(one)}
            >
              {t(`room.short.${one}`)}
            </button>
          ))}
        </span>
      }
    >
      <Trouble failed={error} />
      {told.length === 0 && !isPending && !error && <p className={css.none}>{t('room.noCharts')}</p>}
      {told.map((one, index) => (
        <One
          key={`${one.metric}[${one.instance}]`}
          told={one}
          device={device}
          from={from}
          to={to}
          lastS={lastS}
          bands={bandsOf(incidents, one)}
          limits={limitsOf(limits, one.metric, one.instance)}
          lessons={lastS <= RANGES['1d'] ? lessons : []}
          height={index === 0 ? FIRST_HEIGHT : HEIGHT}
          isLast={index === told.length - 1}
          cursor={cursor}
          onCursor={setCursor}
          zone={zone}
          name={metricName(one.metric, one.instance, languageOf(i18n.language))}
        />
      ))}
    </Card>
  )
}

function useIncidentsIn(device: string, from: number): Incident[] {
  const live = useIncidents()
  const all = new Map(
    (useIncidentsOf({ device, from }).data ?? []).map((incident) => [incident.id, incident]),
  )
  for (const incident of live) if (incident.device === device) all.set(incident.id, incident)
  return [...all.values()]
}

/** A band of a chart; a silence is no fault of the readings that came since. */
type OwnBand = Band & { isSilence: boolean }

function bandsOf(incidents: readonly Incident[], told: Told): OwnBand[] {
  return incidents
    .filter(
      (one) =>
        one.level <= 3 &&
        (one.metric === '' || (one.metric === told.metric && one.instance === told.instance)),
    )
    .map((one) => ({
      level: one.level as 1 | 2 | 3,
      isSilence: one.metric === '',
      onset: Date.parse(one.onset_at) / 1000,
      detected: Date.parse(one.detected_at) / 1000,
      end: one.cleared_at === null ? null : Date.parse(one.cleared_at) / 1000,
    }))
}

interface OneProps {
  told: Told
  device: Device
  from: number
  to: number
  lastS: number
  bands: readonly OwnBand[]
  limits: readonly Limit[]
  lessons: readonly Lesson[]
  height: number
  isLast: boolean
  cursor: number | null
  onCursor: (at: number | null) => void
  zone: string | undefined
  name: string
}

function One({
  told,
  device,
  from,
  to,
  lastS,
  bands,
  limits,
  lessons,
  height,
  isLast,
  cursor,
  onCursor,
  zone,
  name,
}: OneProps) {
  const { t } = useTranslation()
  const incidents = useIncidents()
  const { data, error } = useSeries(
    { device: device.id, metric: told.metric, instance: told.instance, span: { lastS }, points: POINTS },
    () => clock.now(),
  )
  if (data === undefined)
    return (
      <div className={css.one} style={{ height: height + 44 }}>
        <Trouble failed={error} />
      </div>
    )
  const step = lastS / POINTS
  const patience = Math.max(step * 3, (device.interval_s ?? 10) * 3 + 5)
  const line = columnsOf(data, patience)
  const { low, high, last } = extremes(line)
  if (last === null)
    return (
      <div className={css.one}>
        <p className={css.caption}>
          <span>{name}</span>
          <small>{t('room.noReadings')}</small>
        </p>
      </div>
    )
  const [from0, to0] = withLimits(low, high, limits, bands.length > 0)
  const { range, say } = axisOf(told.metric, told.unit, from0, to0, t)
  const pointed = cursor === null ? null : (line.mean[nearestIndex(line.at, cursor)] ?? null)
  const unseen = device.state === 'off' || isSilent(device, incidents)
  const worst = unseen
    ? undefined
    : bands.filter((band) => band.end === null && !band.isSilence).sort((a, b) => a.level - b.level)[0]
  const time = (at: number): string =>
    lastS > 172_800 ? dayOf(at * 1000, zone).slice(5) : minuteOf(at * 1000, zone)
  return (
    <div className={css.one}>
      <p className={css.caption}>
        <span>{name}</span>
        {pointed !== null && cursor !== null && (
          <em>
            {height === FIRST_HEIGHT && (
              <small>
                {lastS > 86_400
                  ? `${dayOf(cursor * 1000, zone).slice(5)} ${minuteOf(cursor * 1000, zone)}`
                  : secondOf(cursor * 1000, zone)}
              </small>
            )}
            {say(pointed)}
          </em>
        )}
        {height === FIRST_HEIGHT && (
          <small className={css.now}>{t(unseen ? 'room.latest' : 'room.current')}</small>
        )}
        <strong className={unseen ? css.old : worst && css[`ink${worst.level}`]}>{say(last)}</strong>
      </p>
      <Chart
        line={line}
        from={from}
        to={to}
        range={range}
        label={say}
        time={isLast ? time : undefined}
        height={height}
        patience={patience}
        bands={bands}
        thresholds={linesOf(limits, range, say, t)}
        lessons={lessons.map((lesson) => ({
          from: Date.parse(lesson.start) / 1000,
          to: Date.parse(lesson.end) / 1000,
        }))}
        sync={`room-${lastS}`}
        onCursor={(index) => onCursor(index === null ? null : (line.at[index] ?? null))}
        say={t('room.chart', {
          metric: name,
          device: device.name || device.id,
          value: say(last),
          min: say(low),
          max: say(high),
        })}
      />
    </div>
  )
}

function nearestIndex(at: readonly number[], time: number): number {
  let [low, high] = [0, at.length - 1]
  while (high - low > 1) {
    const middle = (low + high) >> 1
    if ((at[middle] ?? 0) <= time) low = middle
    else high = middle
  }
  return time - (at[low] ?? 0) <= (at[high] ?? 0) - time ? low : high
}
