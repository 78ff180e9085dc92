/** The rules that are different at a device than elsewhere: what they are here and there, for which place, and why. */
import { useTranslation } from 'react-i18next'
import { useMetrics, useOverrides } from '../api/queries'
import type { Device, Override } from '../api/types'
import { useDevice, useRoom, useSite } from '../live/hooks'
import { changedLines, writtenAt, type UnitOf } from '../service/overrides'
import { incidentTitle, nameOf } from '../words/place'
import { Card } from './Card'
import css from './OverridesCard.module.css'

interface Props {
  device: Pick<Device, 'id' | 'name'>
  /** Only what concerns this rule. */
  rule?: string
}

export function OverridesCard({ device, rule }: Props) {
  const { t } = useTranslation()
  const overrides = (useOverrides(device.id).data ?? []).filter(
    (one) => rule === undefined || one.rule === rule,
  )
  const metrics = useMetrics(device.id, 60_000).data ?? []
  if (overrides.length === 0) return null
  const unitOf: UnitOf = (metric) => metrics.find((one) => one.metric === metric)?.unit
  return (
    <Card title={t('overrides.title')} note={t('overrides.of', { device: nameOf(device, t) })}>
      <ul className={css.overrides}>
        {overrides.map((one) => (
          <Row key={`${one.rule} ${one.at} ${one.instances.join(' ')}`} override={one} unitOf={unitOf} />
        ))}
      </ul>
    </Card>
  )
}

function Row({ override, unitOf }: { override: Override; unitOf: UnitOf }) {
  const { t, i18n } = useTranslation()
  const lines = changedLines(override, unitOf, t)
  return (
    <li>
      <b>{incidentTitle(override, i18n.language)}</b>
      {override.here.length === 0 && <span>{t('overrides.off')}</span>}
      {lines.map(({ what, own, here }) => (
        <span key={`${what} ${own} ${here}`}>
          {t('overrides.fromTo', { what: t(`overrides.${what}`), own, here })}
        </span>
      ))}
      <small>{override.why}</small>
      <Where override={override} />
    </li>
  )
}

/** What the override names, and where it is written. */
function Where({ override: { place, at } }: { override: Override }) {
  const { t } = useTranslation()
  const site = useSite(place.site ?? '')?.name ?? place.site
  const room = useRoom(place.room ?? '')?.name ?? place.room
  const device = useDevice(place.device ?? '')
  const { file, line } = writtenAt(at)
  const said = [
    site && t('overrides.place.site', { name: site }),
    room && t('overrides.place.room', { name: room }),
    place.device && t('overrides.place.device', { name: device ? nameOf(device, t) : place.device }),
    place.instances && t('overrides.place.instances', { names: place.instances.join(t('first.join')) }),
    t('overrides.written', { file, line }),
  ]
  return <small title={at}>{said.filter(Boolean).join(t('first.join'))}</small>
}
