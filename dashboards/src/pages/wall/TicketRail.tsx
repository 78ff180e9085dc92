/** The tickets with the nearest clocks: five cards, then one line for the rest. */
import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import type { Ticket } from '../../api/types'
import { useLiveTickets, useSecond } from '../../live/hooks'
import { useCampusZone } from '../../live/zone'
import { ClockRail, Countdown } from '../../parts/ClockRail'
import { Glyph, type GlyphName } from '../../parts/Glyph'
import { byNearest, isOnTheWay, nearest } from '../../service/clocks'
import { tokens } from '../../theme/tokens'
import { placeOf, ticketTitle } from '../../words/place'
import { whenOf } from '../../words/time'
import css from './TicketRail.module.css'

export function TicketRail() {
  const { t } = useTranslation()
  const now = useSecond()
  const waiting = useLiveTickets().filter((ticket) => nearest(ticket, now) !== null)
  const sorted = byNearest(waiting, now)
  const shown = sorted.slice(0, tokens.wall.railTickets)
  return (
    <aside className={css.rail}>
      <h2 className={css.title}>
        <span>{t('wall.railTitle')}</span>
        <span>{sorted.length}</span>
      </h2>
      {sorted.length === 0 ? (
        <p className={css.empty}>{t('wall.railEmpty')}</p>
      ) : (
        <ol>
          {shown.map((ticket) => (
            <li key={ticket.id}>
              <Card ticket={ticket} now={now} />
            </li>
          ))}
        </ol>
      )}
      <Rest tickets={sorted.slice(shown.length)} now={now} />
    </aside>
  )
}

function Card({ ticket, now }: { ticket: Ticket; now: number }) {
  const { t, i18n } = useTranslation()
  const near = nearest(ticket, now)
  const step = near?.clock.step ?? 'respond'
  const onTheWay = isOnTheWay(ticket) ? ` ${t('ticket.lower.onTheWay')}` : ''
  const who = ticket.assignee === null ? t('ticket.lower.unclaimed') : `${ticket.assignee}${onTheWay}`
  const marks = [
    ...(ticket.flapping ? [t('ticket.lower.flapping')] : []),
    ...(ticket.complained_at !== null ? [t('ticket.lower.complaint')] : []),
    ...(ticket.storm !== null ? [t('ticket.lower.storm')] : []),
  ]
  return (
    <Link
      to="/tickets/$id"
      params={{ id: String(ticket.id) }}
      className={`${css.card} ${css[`level${ticket.level}`]} ${ticket.state === 'open' ? css.open : ''}`}
    >
      <span className={css.top}>
        <Glyph name={String(ticket.level) as GlyphName} size={26} />
        <span className={css.step}>
          {near?.tone === 'late' ? t(`clock.${step}Late`) : t(`clock.${step}Left`)}
        </span>
        <Countdown ticket={ticket} now={now} className={css.digits} />
      </span>
      <strong>{ticketTitle(ticket, i18n.language)}</strong>
      <span className={css.place}>{[placeOf(ticket, i18n.language), who, ...marks].join(t('wall.dot'))}</span>
      <ClockRail ticket={ticket} now={now} size="wall" />
    </Link>
  )
}

function Rest({ tickets, now }: { tickets: readonly Ticket[]; now: number }) {
  const { t } = useTranslation()
  const zone = useCampusZone()
  const first = tickets[0]
  if (first === undefined) return null
  const near = nearest(first, now)
  const count = tickets.length
  return (
    <p className={css.rest}>
      {near === null
        ? t('wall.railMoreIdle', { count })
        : t('wall.railMore', { count, when: whenOf(Date.parse(near.clock.due_at), now, t, zone) })}
    </p>
  )
}
