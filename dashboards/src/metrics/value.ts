/** Readings as a person reads them: a number with few digits, a thin gap, a unit. */
import type { TFunction } from 'i18next'

const GAP = '\u2009'
const MINUS = '\u2212'

/** Few digits: none after the point from 20 on, one from 2 on, two below; zeros at the end go. */
export function number(value: number, digits?: number): string {
  const size = Math.abs(value)
  const places = digits ?? (size >= 20 ? 0 : size >= 2 ? 1 : 2)
  const text = size.toFixed(places)
  const short = digits === undefined && text.includes('.') ? text.replace(/\.?0+$/, '') : text
  return value < 0 && Number(text) !== 0 ? `${MINUS}${short}` : short
}

/** How values of one unit are shown: divided by `per`, with `label` behind. */
export interface Scale {
  per: number
  label: string
}

const BITS = new Set(['system.network.io', 'hw.network.io', 'hw.network.bandwidth.limit'])
const DECIMAL = ['', 'k', 'M', 'G', 'T', 'P']

const LABELS: Record<string, string> = {
  Cel: '°C',
  '{rpm}': 'rpm',
  V: 'V',
  A: 'A',
  W: 'W',
  Hz: 'Hz',
  dB: 'dB',
}

/** The scale that suits values up to `largest`. */
export function scaleOf(metric: string, unit: string, largest: number, t: TFunction): Scale {
  const size = Math.abs(largest)
  if (unit === '1') return { per: 0.01, label: '%' }
  if (unit === 'By') return bytes(size, 1, 'B')
  if (unit === 'By/s') return BITS.has(metric) ? bytes(size * 8, 1 / 8, 'b/s') : bytes(size, 1, 'B/s')
  if (unit === 's') return seconds(size, t)
  if (unit === 'h') return { per: 1, label: bare('unit.h', t) }
  if (unit === '{frame}/s') return { per: 1, label: bare('unit.frames', t) }
  return { per: 1, label: LABELS[unit] ?? unit.replace(/^\{.*\}/, '') }
}

function bytes(size: number, per: number, label: string): Scale {
  const step = Math.min(DECIMAL.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(1, size)) / 3)))
  return { per: per * 1000 ** step, label: `${DECIMAL[step] ?? ''}${label}` }
}

function seconds(size: number, t: TFunction): Scale {
  if (size < 0.1 && size > 0) return { per: 0.001, label: 'ms' }
  if (size < 120) return { per: 1, label: bare('unit.s', t) }
  if (size < 7200) return { per: 60, label: bare('unit.min', t) }
  return size < 172_800 ? { per: 3600, label: bare('unit.h', t) } : { per: 86_400, label: bare('unit.d', t) }
}

/** A unit's word without a number. */
function bare(key: 'unit.s' | 'unit.min' | 'unit.h' | 'unit.d' | 'unit.frames', t: TFunction): string {
  return t(key, { n: '' }).replace(/\s+/g, ' ').trim()
}

/** A value in a scale, with its unit. */
export function inScale(value: number, scale: Scale, digits?: number): string {
  const text = number(value / scale.per, digits)
  if (scale.label === '') return text
  return scale.label.startsWith('/') ? `${text}${scale.label}` : `${text}${GAP}${scale.label}`
}

type Named = (t: TFunction) => string

const ENUMERATIONS: Record<string, readonly Named[]> = {
  'hw.status': [
    (t) => t('unit.hwOk'),
    (t) => t('unit.hwDegraded'),
    (t) => t('unit.hwFailed'),
    (t) => t('unit.hwCleaning'),
    (t) => t('unit.hwPredicted'),
    (t) => t('unit.hwUnknown'),
  ],
  'hw.ups.source': [
    (t) => t('unit.mains'),
    (t) => t('unit.battery'),
    (t) => t('unit.bypass'),
    (t) => t('unit.off'),
  ],
  'hw.network.up': [(t) => t('unit.down'), (t) => t('unit.up')],
  'hw.network.admin': [(t) => t('unit.off'), (t) => t('unit.on')],
  'classroom.recording.active': [(t) => t('unit.no'), (t) => t('unit.yes')],
  'classroom.projector.power': [
    (t) => t('unit.off'),
    (t) => t('unit.on'),
    (t) => t('unit.cooling'),
    (t) => t('unit.warming'),
  ],
  'classroom.signal.lock': [(t) => t('unit.unlocked'), (t) => t('unit.locked')],
}

/** Whether a metric's numbers stand for words. */
export function isEnumeration(metric: string): boolean {
  return metric in ENUMERATIONS
}

/** A reading in words: "7.2 %", "1.8 Mb/s", "mains". */
export function valueWords(metric: string, unit: string, value: number, t: TFunction): string {
  const named = ENUMERATIONS[metric]?.[value]
  if (named) return named(t)
  return inScale(value, scaleOf(metric, unit, value, t))
}
