/** This machine: what it measures now, and how that went. */
import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { useMetrics, useSeries } from '../../api/queries'
import type { Device, Metric } from '../../api/types'
import { levelOf } from '../../api/types'
import { clock } from '../../live/clock'
import { rangeIn } from '../../metrics/range'
import { scaleOf, valueWords } from '../../metrics/value'
import { columnsOf, extremes } from '../../parts/columns'
import { Glyph } from '../../parts/Glyph'
import { RoleIcon } from '../../parts/RoleIcon'
import { Spark } from '../../parts/Spark'
import { span } from '../../words/time'
import css from './MachineCard.module.css'

const PAST_S = 900
const POINTS = 90
const PATIENCE_S = 60

export function MachineCard({ device }: { device: Device }) {
  const { t } = useTranslation()
  const { data = [] } = useMetrics(device.id)
  const of = (metric: string, fits: (instance: string) => boolean = () => true): Metric | undefined =>
    data.find((one) => one.metric === metric && fits(one.instance))
  const disk =
    of('system.filesystem.utilization', (one) => one === '/' || one.startsWith('C:')) ??
    of('system.filesystem.utilization')
  const network = busiest(data)
  const uptime = of('system.uptime')
  const level = levelOf(device.level)
  const rows: [string, Metric | undefined][] = [
    [t('first.cpu'), of('system.cpu.utilization', (one) => one === '')],
    [t('first.memory'), of('system.memory.utilization', (one) => one === '')],
    [t('first.disk', { mount: disk?.instance ?? '' }), disk],
    [t('first.network'), network],
  ]
  const [site = '', room = ''] = (device.room ?? '').split('/')
  const name = device.name || (device.id.split(':')[1] ?? device.id)
  const up = uptime && t('first.uptime', { span: span(uptime.value * 1000, t) })
  return (
    <section className={css.card}>
      <header>
        <RoleIcon role={device.role} size={24} />
        <div>
          <h2>
            {device.room ? (
              <Link to="/rooms/$site/$room" params={{ site, room }}>
                {name}
              </Link>
            ) : (
              name
            )}
          </h2>
          <p>
            <span>{device.os}</span> <span>{up}</span>
          </p>
        </div>
        <Glyph
          name={level ? `${level}` : device.state === 'unknown' ? 'unknown' : 'recovered'}
          size={20}
          label={t(`state.${device.state}`)}
        />
      </header>
      {rows.map(
        ([label, metric]) => metric && <Row key={label} label={label} metric={metric} device={device.id} />,
      )}
      {data.length > 0 && (
        <footer>{t('first.metrics', { n: data.length, s: device.interval_s ?? '?' })}</footer>
      )}
    </section>
  )
}

/** The interface that carries most. */
function busiest(metrics: readonly Metric[]): Metric | undefined {
  return metrics
    .filter((one) => one.metric === 'system.network.io' && !/^lo\b/.test(one.instance))
    .sort((a, b) => b.value - a.value)[0]
}

function Row({ label, metric, device }: { label: string; metric: Metric; device: string }) {
  const { t } = useTranslation()
  const asked = {
    device,
    metric: metric.metric,
    instance: metric.instance,
    span: { lastS: PAST_S },
    points: POINTS,
  }
  const { data } = useSeries(asked, () => clock.now())
  const line = data && columnsOf(data, PATIENCE_S)
  const { low, high } = line ? extremes(line) : { low: 0, high: 1 }
  const scale = scaleOf(metric.metric, metric.unit, high, t)
  const range = metric.unit === '1' ? { min: 0, max: 1 } : rangeIn(Math.min(0, low), high, scale.per)
  return (
    <div className={css.row}>
      <span>{label}</span>
      <Spark values={line?.mean ?? []} min={range.min} max={range.max} width={200} height={30} />
      <b>{valueWords(metric.metric, metric.unit, metric.value, t)}</b>
    </div>
  )
}
