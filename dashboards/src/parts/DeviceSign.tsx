/** How a device is, in one glyph; a healthy one has a dot. */
import { useTranslation } from 'react-i18next'
import { levelOf, type Device } from '../api/types'
import css from './DeviceSign.module.css'
import { Glyph, type GlyphName } from './Glyph'

export function DeviceSign({ device }: { device: Device }) {
  const { t } = useTranslation()
  const level = levelOf(device.level)
  const glyph: GlyphName | null =
    device.maintenance !== null
      ? 'maintenance'
      : level !== null
        ? `${level}`
        : device.state === 'unknown'
          ? 'unknown'
          : device.state === 'off'
            ? 'off'
            : null
  if (glyph !== null) return <Glyph name={glyph} size={16} />
  if (device.pending)
    return <i className={css.pending} role="img" aria-label={t('room.pending')} title={t('room.pending')} />
  return <i className={css.dot} role="img" aria-label={t(`state.${device.state}`)} />
}
