/** A ticket in the hand of whoever goes there: one column, one step at a time, one action at the foot. */
import { Button } from '@mantine/core'
import { IconChevronLeft, IconClockPlay } from '@tabler/icons-react'
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import type { CallFailed } from '../../api/http'
import type { Action, Ticket } from '../../api/types'
import { isSilent } from '../../campus/silence'
import { useDevice, useIncidents, useRoom } from '../../live/hooks'
import { ClockRail, Countdown } from '../../parts/ClockRail'
import { CommentBox } from '../../parts/CommentBox'
import { Glyph, type GlyphName } from '../../parts/Glyph'
import { More } from '../../parts/More'
import { ActionButton } from '../../parts/ActionButton'
import { TicketLog } from '../../parts/TicketLog'
import { Trouble } from '../../parts/Trouble'
import { useKeptFocus } from '../../parts/useKeptFocus'
import { nextAction, otherActions } from '../../service/actions'
import { inOrder, nearest, stepWord } from '../../service/clocks'
import { elapsedDigits } from '../../service/digits'
import { nameOf, placeOf, ticketTitle } from '../../words/place'
import { ago, minuteOf, span, whenOf } from '../../words/time'
import { FindingFields, SerialFields } from './DraftFields'
import { HiddenCard } from './HiddenCard'
import { LadderCard } from './LadderCard'
import { OfDevice } from './SideCards'
import type { PageProps } from './TicketPage'
import css from './TicketPhone.module.css'

export function TicketPhone(props: PageProps & { failed: CallFailed | null }) {
  const { ticket, now, zone, may, draft, onAction, busy, failed } = props
  const { t, i18n } = useTranslation()
  const foot = useKeptFocus<HTMLElement>()
  const sensible = may ? nextAction(ticket) : null
  const swaps = sensible === 'restore' && draft.installed !== '' && ticket.actions.includes('swap')
  const next = swaps ? 'swap' : sensible
  const others = may ? otherActions(ticket) : []
  const near = nearest(ticket, now)
  return (
    <main className={css.page} data-phone-foot={next === null ? undefined : true}>
      <header className={css.head}>
        <div className={css.bar}>
          <Link to="/tickets" aria-label={t('queue.title')}>
            <IconChevronLeft size={24} stroke={1.8} aria-hidden="true" />
          </Link>
          <span>{t('ticket.number', { id: ticket.id })}</span>
          {others.length > 0 && (
            <More>
              {others.map((action) => (
                <ActionButton key={action} action={action} disabled={busy} onPress={() => onAction(action)} />
              ))}
            </More>
          )}
        </div>
        <div className={css.title}>
          <Glyph name={String(ticket.level) as GlyphName} size={26} />
          <div>
            <h1>{ticketTitle(ticket, i18n.language)}</h1>
            <p>{placeOf(ticket, i18n.language)}</p>
          </div>
        </div>
        {near && (
          <div className={css.left}>
            <span>
              {near.tone === 'late'
                ? t(`clock.${stepWord(ticket, near.clock.step)}Late`)
                : t(`clock.${stepWord(ticket, near.clock.step)}Left`)}
            </span>
            <Countdown ticket={ticket} now={now} className={css.digits} />
          </div>
        )}
        {near === null && <div className={css.left} />}
        {ticket.clocks.length > 0 && <ClockRail ticket={ticket} now={now} size="phone" />}
        <Marks ticket={ticket} now={now} zone={zone} />
      </header>
      <div className={css.body}>
        <NextLesson ticket={ticket} now={now} zone={zone} />
        <Trouble failed={failed} />
        <Steps {...props} />
        <Sight ticket={ticket} now={now} />
        <HiddenCard ticket={ticket} />
        <OfDevice ticket={ticket} />
        <LadderCard ticket={ticket} now={now} zone={zone} />
        {may && <CommentBox ticket={ticket} />}
        <section className={css.card}>
          <TicketLog ticket={ticket} zone={zone} />
        </section>
      </div>
      {next && (
        <footer className={css.foot} ref={foot}>
          <Button
            variant="filled"
            fullWidth
            disabled={busy}
            onClick={() => onAction(next)}
            className={css.action}
          >
            {t(`ticket.action.${next}`)}
          </Button>
        </footer>
      )}
    </main>
  )
}

interface Seen {
  ticket: Ticket
  now: number
  zone: string | undefined
}

function Marks({ ticket, now, zone }: Seen) {
  const { t } = useTranslation()
  const opened = Date.parse(ticket.opened_at)
  return (
    <ol className={css.marks}>
      {inOrder(ticket.clocks).map((clock) => (
        <li key={clock.step} data-met={clock.state === 'met' || undefined}>
          {clock.state === 'met' && clock.met_at !== null
            ? `${t(`clock.${clock.step}`)} ${elapsedDigits(Date.parse(clock.met_at) - opened)}`
            : clock.state === 'waived'
              ? `${t(`clock.${clock.step}`)} ${t('clock.waived')}`
              : t('clock.due', { time: whenOf(Date.parse(clock.due_at), now, t, zone) })}
        </li>
      ))}
    </ol>
  )
}

/** The next lesson that must be recorded is what a visit is for. */
function NextLesson({ ticket, now, zone }: Seen) {
  const { t } = useTranslation()
  const lesson = useRoom(ticket.room ?? '')?.lesson.next
  if (!lesson?.recorded) return null
  const start = Date.parse(lesson.start)
  return (
    <p className={css.lesson}>
      <IconClockPlay size={20} stroke={1.8} aria-hidden="true" />
      <span>{t('ticket.at', { time: minuteOf(start, zone), title: lesson.title })}</span>
      <b>{span(start - now, t)}</b>
    </p>
  )
}

/** What the page still sees of the device. */
function Sight({ ticket, now }: { ticket: Ticket; now: number }) {
  const { t } = useTranslation()
  const device = useDevice(ticket.device ?? '')
  const incidents = useIncidents()
  if (device === undefined || device.last_seen === null) return null
  const unseen = isSilent(device, incidents)
  return (
    <p className={css.sight}>
      <Glyph name={unseen ? 'unknown' : 'recovered'} size={16} label="" />
      <span>{`${nameOf(device, t)} ${t(`state.${device.state}`)}`}</span>
      <span>{ago(now - Date.parse(device.last_seen), t)}</span>
    </p>
  )
}

const ORDER = ['acknowledge', 'arrive', 'restore', 'resolve'] as const

function doneAt(ticket: Ticket, step: (typeof ORDER)[number]): string | null | undefined {
  const met = (name: string): string | null | undefined =>
    ticket.clocks.find((clock) => clock.step === name)?.met_at
  if (step === 'acknowledge') return ticket.state === 'open' ? undefined : (met('respond') ?? null)
  if (step === 'arrive') return met('arrive') ?? undefined
  if (step === 'restore') return ticket.restored_at ?? undefined
  return ticket.state === 'resolved' || ticket.state === 'closed' ? null : undefined
}

/** Whether nobody has to do a step: there is no such promise, or what came after it made it needless. */
function isSpared(ticket: Ticket, step: (typeof ORDER)[number]): boolean {
  if (step !== 'acknowledge' && step !== 'arrive') return false
  const clock = ticket.clocks.find((one) => one.step === (step === 'arrive' ? 'arrive' : 'respond'))
  return clock === undefined ? step === 'arrive' : clock.state === 'waived'
}

function Steps({ ticket, zone, draft, onDraft, may }: PageProps) {
  const steps = ORDER.filter((step) => !isSpared(ticket, step))
  const current = steps.find((step) => doneAt(ticket, step) === undefined)
  return (
    <ol className={css.card}>
      {steps.map((step, index) => {
        const at = doneAt(ticket, step)
        const state = at !== undefined ? 'done' : step === current ? 'current' : 'later'
        return (
          <Step
            key={step}
            number={index + 1}
            action={step}
            state={state}
            at={at ? minuteOf(Date.parse(at), zone) : ''}
          >
            {may && step === 'restore' && state === 'current' && ticket.device !== null && (
              <SerialFields draft={draft} onDraft={onDraft} />
            )}
            {may && step === 'resolve' && state === 'current' && (
              <FindingFields draft={draft} onDraft={onDraft} />
            )}
          </Step>
        )
      })}
    </ol>
  )
}

interface StepProps {
  number: number
  action: Action
  state: 'done' | 'current' | 'later'
  at: string
  children: ReactNode
}

function Step({ number, action, state, at, children }: StepProps) {
  const { t } = useTranslation()
  return (
    <li className={`${css.step} ${css[state]}`}>
      <p>
        <i>{state === 'done' ? <Glyph name="recovered" size={16} label="" /> : number}</i>
        <span>{t(`ticket.action.${action}`)}</span>
        <time>{at}</time>
      </p>
      {children}
    </li>
  )
}
