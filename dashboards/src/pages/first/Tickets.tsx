/** The tickets that there are, or that there are none and when one will come. */
import { IconTicket } from '@tabler/icons-react'
import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { useLiveTickets, useSecond } from '../../live/hooks'
import { Countdown } from '../../parts/ClockRail'
import { Glyph, type GlyphName } from '../../parts/Glyph'
import { byNearest, nearest } from '../../service/clocks'
import { ticketTitle } from '../../words/place'
import css from './Tickets.module.css'

const SHOWN = 3

export function Tickets() {
  const { t, i18n } = useTranslation()
  const now = useSecond()
  const tickets = byNearest(
    useLiveTickets().filter((ticket) => ticket.state !== 'closed'),
    now,
  ).slice(0, SHOWN)
  if (tickets.length === 0)
    return (
      <section className={css.none}>
        <h2>
          <IconTicket size={20} stroke={1.6} aria-hidden="true" />
          {t('first.noTickets')}
        </h2>
        <p>{t('first.noTicketsNote')}</p>
      </section>
    )
  return (
    <ul className={css.some}>
      {tickets.map((ticket) => (
        <li key={ticket.id}>
          <Link to="/tickets/$id" params={{ id: String(ticket.id) }}>
            <Glyph name={String(ticket.level) as GlyphName} size={18} />
            <span>{ticketTitle(ticket, i18n.language)}</span>
            {nearest(ticket, now) ? (
              <Countdown ticket={ticket} now={now} />
            ) : (
              <small>{t(`ticket.state.${ticket.state}`)}</small>
            )}
          </Link>
        </li>
      ))}
    </ul>
  )
}
