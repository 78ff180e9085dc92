/** The clock rail over everything: what was kept, what is left, and when each promise falls due. */
import type { CSSProperties } from 'react'
import { useTranslation } from 'react-i18next'
import type { Ticket } from '../../api/types'
import { ClockRail, Countdown } from '../../parts/ClockRail'
import { nearest, stepWord } from '../../service/clocks'
import { digits, elapsedDigits } from '../../service/digits'
import { railOf, type Leg, type Place, type Rail } from '../../service/legs'
import { fullOf, secondOf, span, whenOf } from '../../words/time'
import css from './RailCard.module.css'

interface Props {
  ticket: Ticket
  now: number
  zone: string | undefined
}

export function RailCard({ ticket, now, zone }: Props) {
  const { t } = useTranslation()
  const rail = railOf(ticket, now)
  if (rail.legs.length === 0) return null
  const opened = Date.parse(ticket.opened_at)
  const promised = ticket.expected_at ?? ticket.promised_at
  return (
    <section className={css.card}>
      <div className={css.over}>
        {rail.legs.map((leg, index) => (
          <Over key={leg.step} leg={leg} index={index} rail={rail} ticket={ticket} now={now} />
        ))}
      </div>
      <ClockRail ticket={ticket} now={now} size="page" />
      <div className={css.under}>
        <span className={css.opened} title={fullOf(opened, zone)}>
          {t('clock.opened', { time: secondOf(opened, zone) })}
        </span>
        {rail.legs.map((leg, index) => {
          const due = Date.parse(leg.clock.due_at)
          const text = t('clock.gate', { whole: span(leg.wholeMs, t), time: whenOf(due, now, t, zone) })
          const isTarget = nearest(ticket, now)?.clock === leg.clock
          return (
            <span
              key={leg.step}
              className={isTarget ? css.next : undefined}
              style={gateAt(index, rail)}
              title={fullOf(due, zone)}
            >
              {text}
            </span>
          )
        })}
        {rail.needle && (
          <span className={css.now} style={besideGate(rail.needle, rail, 0.74, 0.16)}>
            {t('clock.now', { time: secondOf(now, zone) })}
          </span>
        )}
        {rail.promised && promised && isApart(rail.promised, rail.needle) && (
          <span className={css.expected} style={besideGate(rail.promised, rail, 0.56, 0.1)}>
            {t('clock.expected', { time: whenOf(Date.parse(promised), now, t, zone) })}
          </span>
        )}
      </div>
    </section>
  )
}

const share = (place: Place, rail: Rail): number => (place.leg + place.share) / rail.legs.length
const percent = (value: number): string => `${(value * 100).toFixed(2)}%`

function gateAt(index: number, rail: Rail): CSSProperties {
  return {
    right: percent(1 - (index + 1) / rail.legs.length),
    marginRight: index === rail.legs.length - 1 ? 0 : 14,
  }
}

/** Stands under its place, and gives way to the gate's words at the end of a leg and to the opening at the start. */
function besideGate(place: Place, rail: Rail, late: number, early: number): CSSProperties {
  const legs = rail.legs.length
  if (place.share > late) return { right: percent(1 - (place.leg + 1) / legs), marginRight: 126 }
  if (place.leg === 0 && place.share < early) return { left: 132 }
  return { left: percent(share(place, rail)), transform: 'translateX(-50%)' }
}

function isApart(promised: Place, needle: Place | null): boolean {
  return needle === null || promised.leg !== needle.leg || Math.abs(promised.share - needle.share) > 0.26
}

interface OverProps {
  leg: Leg
  index: number
  rail: Rail
  ticket: Ticket
  now: number
}

/** The words over one leg. */
function Over({ leg, index, rail, ticket, now }: OverProps) {
  const { t } = useTranslation()
  const near = nearest(ticket, now)
  const isTarget = near?.clock === leg.clock
  const step = stepWord(ticket, leg.step)
  if (isTarget) {
    const isHere = rail.needle?.leg === index
    const at = isHere ? (rail.needle?.share ?? 0) : 0
    const words = near.tone === 'late' ? t(`clock.${step}Late`) : t(`clock.${step}Left`)
    return (
      <div
        className={css.left}
        data-stacked={(at > 0.25 && at <= 0.55) || undefined}
        style={over(index, rail, at, isHere ? 12 : 20)}
      >
        <span>{words}</span>
        <Countdown ticket={ticket} now={now} className={css.digits} />
      </div>
    )
  }
  if (leg.clock.state === 'met' && leg.clock.met_at !== null)
    return <Met leg={leg} index={index} rail={rail} ticket={ticket} />
  if (leg.clock.state === 'waived')
    return (
      <div className={css.plain} style={over(index, rail, 0, 20)}>
        <b>{t(`clock.${leg.step}`)}</b> {t('clock.waived')}
      </div>
    )
  if (leg.clock.state === 'breached') {
    const until = leg.clock.met_at === null ? now : Date.parse(leg.clock.met_at)
    const late = span(until - Date.parse(leg.clock.due_at), t)
    return (
      <div className={css.broken} style={over(index, rail, 0, 20)}>
        <b>{t(`clock.${leg.step}`)}</b> {t('clock.breached', { span: late })}
      </div>
    )
  }
  return (
    <div className={css.later} style={over(index, rail, 0, 28)}>
      <span>{t(`clock.${step}Left`)}</span>
      <b>{leg.clock.state === 'paused' ? t('clock.paused') : digits(Date.parse(leg.clock.due_at) - now)}</b>
    </div>
  )
}

function Met({ leg, index, rail, ticket }: { leg: Leg; index: number; rail: Rail; ticket: Ticket }) {
  const { t } = useTranslation()
  const met = Date.parse(leg.clock.met_at ?? '')
  return (
    <div className={css.met} style={over(index, rail, leg.met ?? 0, 18)}>
      <p>
        <b>{t(`clock.${leg.step}`)}</b>
        <strong>{t('clock.kept', { digits: elapsedDigits(met - Date.parse(ticket.opened_at)) })}</strong>
      </p>
      <p>{t('clock.keptBy', { span: span(Date.parse(leg.clock.due_at) - met, t) })}</p>
    </div>
  )
}

/** Words stand right of their place, or left of it in the second half of a leg. */
function over(index: number, rail: Rail, at: number, gap: number): CSSProperties {
  const legs = rail.legs.length
  const place = (index + at) / legs
  if (at > 0.55) return { right: percent(1 - place), marginRight: gap, textAlign: 'right' }
  return { left: percent(place), marginLeft: gap }
}
