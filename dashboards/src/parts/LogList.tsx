/** The lines of a ticket's log on a thread of time. */
import {
  IconActivity,
  IconArrowBackUp,
  IconArrowsUpDown,
  IconCalendarTime,
  IconCheck,
  IconCircleCheck,
  IconLock,
  IconMapPin,
  IconMessage,
  IconPhoneCall,
  IconPlayerPause,
  IconPlayerPlay,
  IconReplace,
  IconStairs,
  IconTicket,
  IconTruckDelivery,
  IconUserCheck,
  IconVersions,
  type Icon,
} from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import type { Line, LineIcon } from '../service/log'
import { fullOf, secondOf } from '../words/time'
import { Glyph, type GlyphName } from './Glyph'
import css from './LogList.module.css'

const ICONS: Record<LineIcon, Icon> = {
  ticket: IconTicket,
  join: IconVersions,
  level: IconStairs,
  good: IconCheck,
  again: IconArrowBackUp,
  flaps: IconArrowsUpDown,
  claim: IconUserCheck,
  promise: IconCalendarTime,
  send: IconTruckDelivery,
  arrive: IconMapPin,
  swap: IconReplace,
  solve: IconCircleCheck,
  close: IconLock,
  pause: IconPlayerPause,
  resume: IconPlayerPlay,
  call: IconPhoneCall,
  say: IconMessage,
  reading: IconActivity,
}

interface Props {
  lines: readonly Line[]
  zone?: string
  /** One line each, without the thread. */
  short?: boolean
}

export function LogList({ lines, zone, short = false }: Props) {
  const { t } = useTranslation()
  if (lines.length === 0) return <p className={css.empty}>{t('ticket.log.empty')}</p>
  return (
    <ol className={short ? css.short : css.log}>
      {lines.map((line) => (
        <li key={line.key}>
          <time dateTime={new Date(line.at).toISOString()} title={fullOf(line.at, zone)}>
            {secondOf(line.at, zone)}
          </time>
          <Sign line={line} />
          <div>
            <p>
              {line.title}
              {short && line.said && t('ticket.log.said', { text: line.said })}
              {short && line.icon === 'ticket' && line.note && `${t('first.join')}${line.note}`}
            </p>
            {!short && line.note && <p className={css.note}>{line.note}</p>}
            {!short && line.said && <blockquote>{line.said}</blockquote>}
          </div>
        </li>
      ))}
    </ol>
  )
}

function Sign({ line }: { line: Line }) {
  if (line.level && line.level >= 1 && line.level <= 4)
    return <Glyph name={String(line.level) as GlyphName} size={16} className={css.sign} />
  const Shown = ICONS[line.icon]
  return (
    <Shown
      size={16}
      stroke={1.6}
      className={`${css.sign} ${line.icon === 'good' ? css.good : ''}`}
      aria-hidden="true"
    />
  )
}
