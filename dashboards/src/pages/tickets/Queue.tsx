/** The rows of the queue in their sections. */
import { IconChevronRight } from '@tabler/icons-react'
import { Link } from '@tanstack/react-router'
import { memo } from 'react'
import { useTranslation } from 'react-i18next'
import type { Ticket } from '../../api/types'
import { ClockRail, Countdown } from '../../parts/ClockRail'
import { Glyph, type GlyphName } from '../../parts/Glyph'
import { isOnTheWay, isOver, nearest } from '../../service/clocks'
import type { Section } from '../../service/sections'
import { placeOf, ticketTitle } from '../../words/place'
import css from './Queue.module.css'

interface Props {
  groups: readonly { section: Section | 'closed'; tickets: readonly Ticket[] }[]
  now: number
  focused: number | undefined
  onFocus: (id: number) => void
  empty: string
  /** What is over and waits to be wound up is folded away. */
  isFolded: boolean
  onFold: () => void
}

export function Queue({ groups, now, focused, onFocus, empty, isFolded, onFold }: Props) {
  const { t } = useTranslation()
  const none = groups.every((group) => group.tickets.length === 0)
  return (
    <div className={css.scroll}>
      <table className={css.queue}>
        <thead>
          <tr>
            <th aria-label={t('call.level')} />
            <th>{t('queue.column.nearest')}</th>
            <th>{t('queue.column.rail')}</th>
            <th>{t('queue.column.ticket')}</th>
            <th>{t('queue.column.with')}</th>
            <th>{t('queue.column.state')}</th>
          </tr>
        </thead>
        {groups.map(({ section, tickets }) => (
          <tbody key={section}>
            <tr className={css.section} data-section={section}>
              <th colSpan={4} scope="rowgroup">
                {section === 'done' ? (
                  <button type="button" aria-expanded={!isFolded} onClick={onFold}>
                    <IconChevronRight size={14} stroke={1.8} aria-hidden="true" />
                    {t('queue.section.done')}
                    <span>{tickets.length}</span>
                  </button>
                ) : (
                  t(`queue.section.${section}`)
                )}
              </th>
            </tr>
            {(section === 'done' && isFolded ? [] : tickets).map((ticket) => (
              <Row
                key={ticket.id}
                ticket={ticket}
                now={now}
                isFocused={ticket.id === focused}
                onFocus={onFocus}
              />
            ))}
          </tbody>
        ))}
      </table>
      {none && <p className={css.empty}>{empty}</p>}
    </div>
  )
}

interface RowProps {
  ticket: Ticket
  now: number
  isFocused: boolean
  onFocus: (id: number) => void
}

const Row = memo(function Row({ ticket, now, isFocused, onFocus }: RowProps) {
  const { t, i18n } = useTranslation()
  const near = nearest(ticket, now)
  return (
    <tr
      className={css.row}
      data-ticket={ticket.id}
      aria-current={isFocused || undefined}
      onClick={() => onFocus(ticket.id)}
      onFocus={() => onFocus(ticket.id)}
    >
      <td>
        <Glyph name={String(ticket.level) as GlyphName} size={18} />
      </td>
      <td>
        <Countdown ticket={ticket} now={now} className={css.digits} />
        <span className={css.note}>
          {near === null ? t('queue.noClock') : t(`clock.lower.${near.clock.step}`)}
        </span>
      </td>
      <td>{ticket.clocks.length > 0 && <ClockRail ticket={ticket} now={now} size="row" />}</td>
      <td>
        <Link to="/tickets/$id" params={{ id: String(ticket.id) }} className={css.title}>
          {ticketTitle(ticket, i18n.language)}
        </Link>
        <span className={css.note}>{placeOf(ticket, i18n.language)}</span>
      </td>
      <td className={ticket.assignee === null && !isOver(ticket) ? css.unclaimed : css.with}>
        {ticket.assignee ?? t('ticket.unclaimed')}
      </td>
      <td className={css.state}>{t(`ticket.state.${isOnTheWay(ticket) ? 'on_the_way' : ticket.state}`)}</td>
    </tr>
  )
})
