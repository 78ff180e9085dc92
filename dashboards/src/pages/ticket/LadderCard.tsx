/** Who is told as the ticket's time runs out, and what is kept quiet until later. */
import type { TFunction } from 'i18next'
import { useTranslation } from 'react-i18next'
import type { Ticket } from '../../api/types'
import { Card } from '../../parts/Card'
import { Facts } from '../../parts/Facts'
import { promiseWords, roleWords, rungsShown, type Rung } from '../../service/ladder'
import { minuteOf, whenOf } from '../../words/time'

interface Props {
  ticket: Ticket
  now: number
  zone: string | undefined
}

export function LadderCard({ ticket, now, zone }: Props) {
  const { t } = useTranslation()
  const rungs = rungsShown(ticket.escalation)
  if (rungs.length === 0) return null
  return (
    <Card title={t('ladder.title')}>
      <Facts
        facts={rungs.map((rung) => [
          promiseWords(rung.step, rung.share, t),
          `${roleWords(rung.to, t)} ${stateWords(rung, ticket, now, zone, t)}`,
        ])}
      />
    </Card>
  )
}

function stateWords(rung: Rung, ticket: Ticket, now: number, zone: string | undefined, t: TFunction): string {
  if (rung.reached_at !== null) return t('ladder.told', { time: minuteOf(Date.parse(rung.reached_at), zone) })
  if (rung.held_by !== null) return t(`ladder.by.${rung.held_by}`)
  if (ticket.paused_at !== null && rung.step !== null) return t('ladder.paused')
  return t('ladder.due', { time: whenOf(Date.parse(rung.due_at), now, t, zone) })
}
