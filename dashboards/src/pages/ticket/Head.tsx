/** Where the page is, what is wrong, and what may be done. */
import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import type { Ticket } from '../../api/types'
import { ActionButton } from '../../parts/ActionButton'
import { Crumbs } from '../../parts/Crumbs'
import { DataAge } from '../../parts/DataAge'
import { Glyph, type GlyphName } from '../../parts/Glyph'
import { More } from '../../parts/More'
import { Pill } from '../../parts/Pill'
import { levelOf } from '../../api/types'
import { useKeptFocus } from '../../parts/useKeptFocus'
import { nextAction, otherActions } from '../../service/actions'
import { isOnTheWay } from '../../service/clocks'
import { languageOf, ticketTitle } from '../../words/place'
import { span } from '../../words/time'
import css from './Head.module.css'
import type { PageProps } from './TicketPage'

/** Beside the title, where words are short; English ones are longer. */
const SHOWN = { 'zh-CN': 4, en: 3 }
/** Seldom wanted: behind "more". */
const SELDOM = new Set(['relevel', 'swap', 'acknowledge', 'reopen', 'resolve', 'complain'])

export function Head({ ticket, now, may, onAction, busy }: PageProps) {
  const { t, i18n } = useTranslation()
  const actions = useKeptFocus<HTMLDivElement>()
  const next = may ? nextAction(ticket) : null
  const others = may ? otherActions(ticket) : []
  const shown = others.filter((action) => !SELDOM.has(action)).slice(-SHOWN[languageOf(i18n.language)])
  const more = others.filter((action) => !shown.includes(action))
  return (
    <header className={css.head}>
      <div className={css.words}>
        <Crumbs>
          <Link to="/tickets">{t('queue.title')}</Link>
          <span>{t('ticket.number', { id: ticket.id })}</span>
          <span>{ticket.site_name}</span>
          {ticket.room && <RoomLink ticket={ticket} />}
          <DataAge />
        </Crumbs>
        <div className={css.title}>
          <Glyph name={String(ticket.level) as GlyphName} size={28} />
          <h1>{ticketTitle(ticket, i18n.language)}</h1>
          <Pill level={levelOf(ticket.level)}>
            {t(`level.${ticket.level as 1}`)} {t(`level.name${ticket.level as 1}`)}
          </Pill>
          <Pill>{t(`ticket.state.${isOnTheWay(ticket) ? 'on_the_way' : ticket.state}`)}</Pill>
          {ticket.flapping && <Pill>{t('ticket.flapping')}</Pill>}
          {ticket.late && <Pill>{t('ticket.late')}</Pill>}
          {ticket.storm !== null && <Pill>{t('ticket.storm')}</Pill>}
          {ticket.complained_at !== null && <Pill>{t('ticket.complaint')}</Pill>}
          <Lasting ticket={ticket} now={now} />
        </div>
      </div>
      <div className={css.actions} ref={actions}>
        {more.length > 0 && (
          <More>
            {more.map((action) => (
              <ActionButton key={action} action={action} disabled={busy} onPress={() => onAction(action)} />
            ))}
          </More>
        )}
        {shown.map((action) => (
          <ActionButton key={action} action={action} disabled={busy} onPress={() => onAction(action)} />
        ))}
        {next && <ActionButton action={next} next disabled={busy} onPress={() => onAction(next)} />}
      </div>
    </header>
  )
}

function Lasting({ ticket, now }: { ticket: Ticket; now: number }) {
  const { t } = useTranslation()
  const from = Date.parse(ticket.opened_at)
  if (ticket.restored_at !== null)
    return <span>{t('ticket.lasted', { span: span(Date.parse(ticket.restored_at) - from, t) })}</span>
  if (ticket.state === 'closed' || ticket.state === 'resolved') return null
  return <span>{t('ticket.for', { span: span(now - from, t) })}</span>
}

function RoomLink({ ticket }: { ticket: Ticket }) {
  const [site = '', room = ''] = (ticket.room ?? '').split('/')
  return (
    <Link to="/rooms/$site/$room" params={{ site, room }}>
      {ticket.room_name ?? room}
    </Link>
  )
}
