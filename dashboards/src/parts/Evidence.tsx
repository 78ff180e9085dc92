/** What the ticket rests on: the readings around the fault, from its first bad one. */
import { useTranslation } from 'react-i18next'
import { useIncidentsOf, useLimits, useMetrics, useSeries } from '../api/queries'
import type { Incident, Ticket } from '../api/types'
import { levelOf } from '../api/types'
import { clock } from '../live/clock'
import { useDevice, useIncidents, useSite, useTenSeconds } from '../live/hooks'
import { axisOf } from '../metrics/axis'
import { tellingMetrics, type Told } from '../metrics/telling'
import { limitsOf, linesOf, withLimits } from '../metrics/thresholds'
import { languageOf } from '../words/place'
import { metricName } from '../words/metrics'
import { minuteOf, secondOf } from '../words/time'
import { Chart } from './Chart'
import { columnsOf, extremes } from './columns'
import css from './Evidence.module.css'

const POINTS = 240
const QUANTUM_S = 30
const BEFORE_S = 180
const AROUND_S = 300
const LONGEST_S = 7200

interface Props {
  ticket: Ticket
  height: number
  /** Up to now and without the words over the chart. */
  small?: boolean
}

/** The incident that a ticket rests on, live or as it was. */
export function useTicketIncident(ticket: Ticket): Incident | undefined {
  const id = ticket.incidents[0]
  const live = useIncidents().find((incident) => incident.id === id)
  const from = Date.parse(ticket.onset_at ?? ticket.opened_at) - 3_600_000
  const asked =
    live === undefined && id !== undefined && ticket.device !== null
      ? { device: ticket.device, from }
      : undefined
  const past = useIncidentsOf(asked).data
  return live ?? past?.find((incident) => incident.id === id)
}

/** The UCUM unit of an incident's metric, as its device tells it. */
export function useUnitOf(incident: Incident | undefined): string | undefined {
  const metrics = useMetrics(incident?.device, 60_000).data
  return metrics?.find((one) => one.metric === incident?.metric && one.instance === incident.instance)?.unit
}

export function Evidence({ ticket, height, small = false }: Props) {
  const incident = useTicketIncident(ticket)
  if (incident === undefined) return null
  return <Around incident={incident} height={height} small={small} />
}

/** What to draw for an incident: its own series, or for a silence what the device told last. */
function useTold(incident: Incident): Told | undefined {
  const role = useDevice(incident.device)?.role ?? 'other'
  const metrics = useMetrics(incident.device, 60_000).data
  if (metrics === undefined) return undefined
  const own = metrics.find((one) => one.metric === incident.metric && one.instance === incident.instance)
  return own ?? tellingMetrics(role, metrics, [], 1)[0]
}

function stretch(incident: Incident, now: number, small: boolean): { from: number; to: number } {
  const onset = Date.parse(incident.onset_at) / 1000
  const end = (incident.cleared_at === null ? now : Date.parse(incident.cleared_at)) / 1000
  const length = small ? Math.min(LONGEST_S, Math.max(AROUND_S, end - onset)) : AROUND_S
  const before = small ? Math.max(60, length * 0.45) : BEFORE_S
  const round = (at: number): number => Math.ceil(at / QUANTUM_S) * QUANTUM_S
  return { from: round(onset - before), to: round(Math.min(now / 1000, onset + length)) }
}

function Around({ incident, height, small }: { incident: Incident; height: number; small: boolean }) {
  const { t, i18n } = useTranslation()
  const now = useTenSeconds()
  const zone = useSite(incident.site)?.time_zone
  const told = useTold(incident)
  const interval = useDevice(incident.device)?.interval_s ?? 10
  const all = useLimits(incident.device).data ?? []
  const { from, to } = stretch(incident, now, small)
  const { data } = useSeries(
    told && {
      device: incident.device,
      metric: told.metric,
      instance: told.instance,
      span: { from, to },
      points: POINTS,
    },
    () => clock.now(),
  )
  if (told === undefined || data === undefined) return null
  const patience = Math.max(interval * 3 + 5, ((to - from) / POINTS) * 3)
  const line = columnsOf(data, patience)
  const { low, high, last } = extremes(line)
  if (last === null) return null
  const limits = limitsOf(all, told.metric, told.instance).filter((one) => one.rule === incident.rule)
  const { range, say } = axisOf(told.metric, told.unit, ...withLimits(low, high, limits, true), t)
  const level = Math.min(3, levelOf(incident.level) ?? 3) as 1 | 2 | 3
  const band = {
    level,
    onset: Date.parse(incident.onset_at) / 1000,
    detected: Date.parse(incident.detected_at) / 1000,
    end: incident.cleared_at === null ? null : Date.parse(incident.cleared_at) / 1000,
  }
  const name = metricName(told.metric, told.instance, languageOf(i18n.language))
  return (
    <figure className={css.evidence}>
      <figcaption className={css.caption}>
        <span>{name}</span>
        {!small && (
          <span className={css[`ink${level}`]}>
            {t(incident.metric === '' ? 'ticket.lastMessage' : 'ticket.onset', {
              time: secondOf(band.onset * 1000, zone),
            })}
            <i />
            {t('ticket.detected', {
              level: t(`level.lower${incident.level as 1}`),
              time: secondOf(band.detected * 1000, zone),
            })}
          </span>
        )}
        <b className={css[`ink${level}`]}>{say(last)}</b>
      </figcaption>
      <Chart
        line={line}
        from={from}
        to={to}
        range={range}
        label={say}
        time={(at) => minuteOf(at * 1000, zone)}
        height={height}
        patience={patience}
        bands={[band]}
        thresholds={linesOf(limits, range, say, t)}
        say={t('room.chart', {
          metric: name,
          device: incident.device,
          value: say(last),
          min: say(low),
          max: say(high),
        })}
      />
    </figure>
  )
}
