/** The ticket in focus, open beside the queue: time left first, then why, where and what was done. */
import { IconArrowRight } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import type { CallFailed } from '../../api/http'
import { useMe } from '../../api/queries'
import type { Action, Ticket } from '../../api/types'
import { useDevice, useRoom, useSite } from '../../live/hooks'
import { ActionButton } from '../../parts/ActionButton'
import { ClockRail, Countdown } from '../../parts/ClockRail'
import { CommentBox } from '../../parts/CommentBox'
import { Evidence } from '../../parts/Evidence'
import { Facts } from '../../parts/Facts'
import { Glyph, type GlyphName } from '../../parts/Glyph'
import { LinkButton } from '../../parts/LinkButton'
import { TicketLog } from '../../parts/TicketLog'
import { Trouble } from '../../parts/Trouble'
import { useKeptFocus } from '../../parts/useKeptFocus'
import { mayAct, nextAction } from '../../service/actions'
import { inOrder, nearest, stepWord } from '../../service/clocks'
import { nameOf, placeOf, symptomOf, ticketTitle } from '../../words/place'
import { fullOf, minuteOf, secondOf, whenOf } from '../../words/time'
import css from './FocusedTicket.module.css'

const LINES = 5

interface Props {
  ticket: Ticket
  now: number
  onAction: (action: Action) => void
  failed: CallFailed | null
  busy: boolean
}

export function FocusedTicket({ ticket, now, onAction, failed, busy }: Props) {
  const { t, i18n } = useTranslation()
  const zone = useSite(ticket.site)?.time_zone
  const me = useMe().data
  const actions = useKeptFocus<HTMLDivElement>()
  const near = nearest(ticket, now)
  const next = mayAct(me?.role) ? nextAction(ticket) : null
  const symptom = symptomOf(ticket, i18n.language) || ticket.symptom
  return (
    <aside className={css.panel} aria-label={ticketTitle(ticket, i18n.language)}>
      <div className={css.top}>
        <span>{t('ticket.number', { id: ticket.id })}</span>
        <span>
          {(zone ?? '').split('/').at(-1)?.replace('_', ' ')} {secondOf(now, zone)}
        </span>
      </div>
      <div className={css.title}>
        <Glyph name={String(ticket.level) as GlyphName} size={24} />
        <div>
          <h2>{ticketTitle(ticket, i18n.language)}</h2>
          <p>{placeOf(ticket, i18n.language)}</p>
        </div>
      </div>
      <div className={css.left}>
        <span>
          {near === null
            ? t('clock.none')
            : near.tone === 'late'
              ? t(`clock.${stepWord(ticket, near.clock.step)}Late`)
              : t(`clock.${stepWord(ticket, near.clock.step)}Left`)}
        </span>
        {near !== null && <Countdown ticket={ticket} now={now} className={css.digits} />}
      </div>
      {ticket.clocks.length > 0 && <ClockRail ticket={ticket} now={now} size="card" />}
      <ol className={css.dues}>
        {inOrder(ticket.clocks).map((clock) => (
          <li key={clock.step}>
            {t(`clock.${stepWord(ticket, clock.step)}`)}
            <b title={fullOf(Date.parse(clock.due_at), zone)}>
              {whenOf(Date.parse(clock.due_at), now, t, zone)}
            </b>
          </li>
        ))}
      </ol>
      <div className={css.actions} ref={actions}>
        {next && <ActionButton action={next} next wide disabled={busy} onPress={() => onAction(next)} />}
        <LinkButton
          to="/tickets/$id"
          params={{ id: String(ticket.id) }}
          component="a"
          variant="default"
          rightSection={<IconArrowRight size={16} stroke={1.6} aria-hidden="true" />}
        >
          {t('ticket.openTicket')}
        </LinkButton>
      </div>
      <Trouble failed={failed} />
      {(symptom !== '' || ticket.incidents.length > 0) && (
        <div className={css.part}>
          <h3>{t('ticket.why', { level: t(`level.lower${ticket.level as 1}`) })}</h3>
          {symptom && <p>{symptom}</p>}
          <Evidence ticket={ticket} height={90} small />
        </div>
      )}
      <Place ticket={ticket} zone={zone} />
      <div className={css.part}>
        <h3>{t('ticket.log.title')}</h3>
        <TicketLog ticket={ticket} zone={zone} most={LINES} />
      </div>
      {mayAct(me?.role) && <CommentBox ticket={ticket} className={css.comment} />}
    </aside>
  )
}

function Place({ ticket, zone }: { ticket: Ticket; zone: string | undefined }) {
  const { t, i18n } = useTranslation()
  const room = useRoom(ticket.room ?? '')
  const device = useDevice(ticket.device ?? '')
  const lesson = room?.lesson.now
  const unit = device
    ? [device.unit.vendor, device.unit.model].filter(Boolean).join(' ') || nameOf(device, t)
    : ticket.device_name
  const coverage = t(`ticket.coverage.${ticket.coverage}`)
  const join = i18n.language === 'en' ? ', ' : '，'
  return (
    <div className={css.part}>
      <Facts
        facts={[
          lesson
            ? [
                t('ticket.lessonNow'),
                t('ticket.until', {
                  title: lesson.title,
                  time: minuteOf(Date.parse(lesson.end), zone),
                  recorded: t(lesson.recorded ? 'ticket.recorded' : 'ticket.notRecorded'),
                }),
              ]
            : null,
          unit ? [t('ticket.device'), `${unit}${join}${coverage}`] : [t('ticket.coverageLabel'), coverage],
          [t('ticket.with'), ticket.assignee ?? t('ticket.unclaimed')],
        ]}
      />
    </div>
  )
}
