/** The devices of a room with the one value of each that matters for its role. */
import { useTranslation } from 'react-i18next'
import type { Device } from '../../api/types'
import { isSilent } from '../../campus/silence'
import { useIncidents } from '../../live/hooks'
import { valueWords } from '../../metrics/value'
import { Card } from '../../parts/Card'
import { DeviceSign } from '../../parts/DeviceSign'
import { RoleIcon } from '../../parts/RoleIcon'
import { languageOf, nameOf } from '../../words/place'
import { metricName } from '../../words/metrics'
import { ago, fullOf, span } from '../../words/time'
import css from './DevicesCard.module.css'

interface Props {
  devices: readonly Device[]
  focused: string | undefined
  onFocus: (id: string) => void
  now: number
}

export function DevicesCard({ devices, focused, onFocus, now }: Props) {
  const { t } = useTranslation()
  const incidents = useIncidents()
  return (
    <Card title={t('room.devices')} note={t('room.deviceCount', { count: devices.length })} flush>
      {devices.length === 0 && <p className={css.none}>{t('room.noDevice')}</p>}
      <ul>
        {devices.map((device) => (
          <li key={device.id}>
            <button
              type="button"
              className={`${css.row} ${device.level ? css[`level${device.level}`] : ''}`}
              aria-pressed={device.id === focused}
              onClick={() => onFocus(device.id)}
            >
              <RoleIcon role={device.role} size={20} />
              <span className={css.name}>
                <b>{nameOf(device, t)}</b>
                <small>
                  {noteOf(device) || t(`role.${device.role as 'other'}`, { defaultValue: device.role })}
                </small>
              </span>
              <Value device={device} now={now} silent={isSilent(device, incidents)} />
              <DeviceSign device={device} />
            </button>
          </li>
        ))}
      </ul>
    </Card>
  )
}

function noteOf(device: Device): string {
  const unit = [device.unit.vendor, device.unit.model].filter(Boolean).join(' ')
  return unit || device.os
}

function Value({ device, now, silent }: { device: Device; now: number; silent: boolean }) {
  const { t, i18n } = useTranslation()
  const told = device.highlight
  const seen = device.last_seen === null ? null : Date.parse(device.last_seen)
  if (device.state === 'off') return <span className={css.value}>{t('state.off')}</span>
  if (silent)
    return (
      <span className={css.value} title={seen === null ? undefined : fullOf(seen)}>
        {seen === null ? t('state.unknown') : t('room.silent', { span: span(now - seen, t) })}
      </span>
    )
  if (told === null) return <span className={css.value}>{seen === null ? '' : ago(now - seen, t)}</span>
  const bare = told.metric === 'system.cpu.utilization' ? 'CPU ' : ''
  return (
    <span className={css.value} title={metricName(told.metric, told.instance, languageOf(i18n.language))}>
      {bare}
      {valueWords(told.metric, told.unit, told.value, t)}
    </span>
  )
}
