/** What happened, newest first, and a place to write. */
import { useTranslation } from 'react-i18next'
import type { Ticket } from '../../api/types'
import { Card } from '../../parts/Card'
import { CommentBox } from '../../parts/CommentBox'
import { TicketLog } from '../../parts/TicketLog'
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
        <TicketLog ticket={ticket} zone={zone} />
      </div>
      {may && <CommentBox ticket={ticket} className={css.foot} />}
    </Card>
  )
}
