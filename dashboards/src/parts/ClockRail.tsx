/** The promises of one ticket as a rail: equal legs, the needle is the time that has passed. */
import type { Ref } from 'react'
import { useTranslation } from 'react-i18next'
import type { Ticket } from '../api/types'
import { nearest } from '../service/clocks'
import { digits } from '../service/digits'
import { railOf, type Leg } from '../service/legs'
import { span } from '../words/time'
import css from './ClockRail.module.css'

export type RailSize = 'row' | 'wall' | 'card' | 'phone' | 'page'

interface Props {
  ticket: Ticket
  now: number
  size: RailSize
  ref?: Ref<HTMLDivElement>
}

/** What a screen reader says of a ticket's clocks. */
export function useClockSentence(ticket: Ticket, now: number): { text: string; left: number } {
  const { t } = useTranslation()
  const near = nearest(ticket, now)
  if (near === null) return { text: t('clock.meter.done'), left: 100 }
  const whole = Date.parse(near.clock.due_at) - Date.parse(ticket.opened_at)
  const text = t(`clock.meter.${near.tone}`, {
    step: t(`clock.${near.clock.step}`),
    left: span(Math.abs(near.leftMs), t),
    whole: span(whole, t),
  })
  return { text, left: Math.round(Math.min(100, Math.max(0, (near.leftMs / Math.max(1, whole)) * 100))) }
}

export function ClockRail({ ticket, now, size, ref }: Props) {
  const rail = railOf(ticket, now)
  const { text, left } = useClockSentence(ticket, now)
  const near = nearest(ticket, now)
  const target = near === null ? -1 : rail.legs.findIndex((leg) => leg.step === near.clock.step)
  return (
    <div
      ref={ref}
      className={`${css.rail} ${css[size]}`}
      role="meter"
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={left}
      aria-valuetext={text}
      aria-label={text}
      title={size === 'row' ? text : undefined}
    >
      {rail.legs.map((leg, index) => (
        <span key={leg.step} className={`${css.leg} ${css[leg.look]}`}>
          {size === 'page' && index === 0 && <span className={css.start} />}
          {leg.fill > 0 && <span className={css.fill} style={{ width: percent(leg.fill) }} />}
          <Marks leg={leg} />
          {size === 'page' &&
            leg.look !== 'waived' &&
            !leg.crossed &&
            isAhead(leg, index, rail.needle?.leg) && (
              <span className={`${css.gate} ${index === target ? css.target : ''}`} />
            )}
          {rail.promised?.leg === index && size !== 'row' && size !== 'wall' && (
            <span className={css.promised} style={{ left: percent(rail.promised.share) }} />
          )}
          {rail.needle?.leg === index && (
            <span
              className={`${css.needle} ${css[`needle-${rail.needle.tone}`]}`}
              style={{ left: percent(rail.needle.share) }}
            />
          )}
        </span>
      ))}
    </div>
  )
}

/** A gate that the needle has not reached is still open. */
function isAhead(leg: Leg, index: number, needle: number | undefined): boolean {
  return needle !== undefined && index >= needle && leg.met === null
}

function Marks({ leg }: { leg: Leg }) {
  return (
    <>
      {leg.met !== null && <span className={css.met} style={{ left: percent(leg.met) }} />}
      {leg.crossed && (
        <svg className={css.cross} viewBox="0 0 12 12" aria-hidden="true">
          <rect x="0.8" y="0.8" width="10.4" height="10.4" rx="1.5" />
          <path d="M3.8 3.8l4.4 4.4M8.2 3.8l-4.4 4.4" />
        </svg>
      )}
    </>
  )
}

const percent = (share: number): string => `${(share * 100).toFixed(2)}%`

/** The digits of the nearest clock, in its tone; "paused" in their place, and a dash where no clock runs. */
export function Countdown({ ticket, now, className }: { ticket: Ticket; now: number; className?: string }) {
  const { t } = useTranslation()
  const near = nearest(ticket, now)
  const tone = near?.tone ?? 'none'
  const text = near === null ? '\u2013' : tone === 'paused' ? t('clock.paused') : digits(near.leftMs)
  return (
    <span
      className={[css.digits, css[`digits-${tone}`], className].filter(Boolean).join(' ')}
      data-tone={tone}
    >
      {text}
    </span>
  )
}
