/** A ticket of this room: time left first, then its next step. */
import { useTranslation } from 'react-i18next'
import { useTicketAction } from '../../api/actions'
import { useMe } from '../../api/queries'
import type { Ticket } from '../../api/types'
import { ActionButton } from '../../parts/ActionButton'
import { Card } from '../../parts/Card'
import { ClockRail, Countdown } from '../../parts/ClockRail'
import { Glyph, type GlyphName } from '../../parts/Glyph'
import { LinkButton } from '../../parts/LinkButton'
import { Trouble } from '../../parts/Trouble'
import { useKeys } from '../../parts/useKeys'
import { useKeptFocus } from '../../parts/useKeptFocus'
import { mayAct } from '../../service/actions'
import { inOrder, isOver, nearest, stepWord } from '../../service/clocks'
import { placeOf, symptomOf, ticketTitle } from '../../words/place'
import { whenOf } from '../../words/time'
import css from './TicketCard.module.css'

interface Props {
  ticket: Ticket
  now: number
  zone: string | undefined
  /** Where it is, when it is not in the room itself. */
  elsewhere?: boolean
}

export function TicketCard({ ticket, now, zone, elsewhere = false }: Props) {
  const { t, i18n } = useTranslation()
  const { mutate, isPending, error } = useTicketAction(ticket.id)
  const actions = useKeptFocus<HTMLDivElement>()
  const may = mayAct(useMe().data?.role) && ticket.actions.includes('acknowledge')
  const claim = (): void => mutate({ action: 'acknowledge' })
  const near = nearest(ticket, now)
  const step = near && stepWord(ticket, near.clock.step)
  const symptom = symptomOf(ticket, i18n.language) || ticket.symptom
  useKeys({ a: may && !isPending ? claim : undefined })
  return (
    <Card level={isOver(ticket) ? null : ticket.level}>
      <div className={css.title}>
        <Glyph name={String(ticket.level) as GlyphName} size={18} />
        <h2>{ticketTitle(ticket, i18n.language)}</h2>
        <span>{t('ticket.number', { id: ticket.id })}</span>
      </div>
      {elsewhere && <p className={css.symptom}>{placeOf(ticket, i18n.language)}</p>}
      <div className={css.left}>
        <span>
          {step === null
            ? t(`ticket.state.${ticket.state}`)
            : near?.tone === 'late'
              ? t(`clock.${step}Late`)
              : t(`clock.${step}Left`)}
        </span>
        {near && <Countdown ticket={ticket} now={now} className={css.digits} />}
      </div>
      {ticket.clocks.length > 0 && <ClockRail ticket={ticket} now={now} size="card" />}
      <ol className={css.dues}>
        {inOrder(ticket.clocks).map((clock) => (
          <li key={clock.step}>
            {t(`clock.${clock.step}`)}{' '}
            {clock.state === 'waived'
              ? t('clock.waived')
              : whenOf(Date.parse(clock.met_at ?? clock.due_at), now, t, zone)}
          </li>
        ))}
      </ol>
      {symptom && <p className={css.symptom}>{symptom}</p>}
      <Trouble failed={error} />
      <div className={css.actions} ref={actions}>
        {may && <ActionButton action="acknowledge" next disabled={isPending} onPress={claim} />}
        <LinkButton to="/tickets/$id" params={{ id: String(ticket.id) }} component="a" variant="default">
          {t('ticket.openTicket')}
        </LinkButton>
      </div>
    </Card>
  )
}
