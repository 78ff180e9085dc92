/** What happened, newest first, and a place to write. */
import { useTranslation } from 'react-i18next'
import { useTicketLog } from '../../api/queries'
import type { Ticket } from '../../api/types'
import { Card } from '../../parts/Card'
import { CommentBox } from '../../parts/CommentBox'
import { useTicketIncident, useUnitOf } from '../../parts/Evidence'
import { LogList } from '../../parts/LogList'
import { Trouble } from '../../parts/Trouble'
import { linesOf } from '../../service/log'
import css from './LogCard.module.css'

interface Props {
  ticket: Ticket
  zone: string | undefined
  may: boolean
}

export function LogCard({ ticket, zone, may }: Props) {
  const { t } = useTranslation()
  return (
    <Card title={t('ticket.log.title')} className={css.card}>
      <div className={css.lines}>
        <Log ticket={ticket} zone={zone} />
      </div>
      {may && <CommentBox ticket={ticket} className={css.foot} />}
    </Card>
  )
}

export function Log({ ticket, zone }: { ticket: Ticket; zone: string | undefined }) {
  const { t, i18n } = useTranslation()
  const { data = [], error } = useTicketLog(ticket.id, ticket.version)
  const first = useTicketIncident(ticket)
  const unit = useUnitOf(first)
  return (
    <>
      <Trouble failed={error} />
      <LogList
        lines={linesOf({ ticket, entries: data, first, zone, unit, language: i18n.language }, t)}
        zone={zone}
      />
    </>
  )
}
