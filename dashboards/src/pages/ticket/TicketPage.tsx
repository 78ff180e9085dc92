/** One ticket: its clocks over everything, what happened, what it rests on, where it is, and what to do next. */
import { getRouteApi, Link } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useTicketAction } from '../../api/actions'
import { useMe, useTicket } from '../../api/queries'
import type { Action, Ticket } from '../../api/types'
import { useSecond, useSite } from '../../live/hooks'
import { ActionDialog } from '../../parts/ActionDialog'
import { Trouble } from '../../parts/Trouble'
import { useKeys, type Keys } from '../../parts/useKeys'
import { usePhone } from '../../parts/usePhone'
import { ASKS, KEYS, mayAct } from '../../service/actions'
import { Head } from './Head'
import { LogCard } from './LogCard'
import { RailCard } from './RailCard'
import { SideCards } from './SideCards'
import { TicketPhone } from './TicketPhone'
import css from './TicketPage.module.css'
import { WorkCards } from './WorkCards'

const route = getRouteApi('/desk/tickets/$id')

export default function TicketPage() {
  const { t } = useTranslation()
  const id = Number(route.useParams().id)
  const { ticket, failed } = useTicket(id)
  if (ticket !== undefined) return <Found key={id} ticket={ticket} />
  if (failed?.status === 404)
    return (
      <main className={css.lost}>
        <h1>{t('ticket.notFound', { id })}</h1>
        <p>{t('ticket.notFoundNote')}</p>
        <Link to="/tickets">{t('queue.title')}</Link>
      </main>
    )
  return (
    <main className={css.lost}>
      <Trouble failed={failed} />
    </main>
  )
}

/** What is written on the page and goes with an action. */
export interface Draft {
  cause: string
  remedy: string
  removed: string
  installed: string
}

export interface PageProps {
  ticket: Ticket
  now: number
  zone: string | undefined
  may: boolean
  draft: Draft
  onDraft: (part: Partial<Draft>) => void
  onAction: (action: Action) => void
  busy: boolean
}

function Found({ ticket }: { ticket: Ticket }) {
  const now = useSecond()
  const zone = useSite(ticket.site)?.time_zone
  const may = mayAct(useMe().data?.role)
  const phone = usePhone()
  const [draft, setDraft] = useState<Draft>({
    cause: ticket.cause,
    remedy: ticket.remedy,
    removed: '',
    installed: '',
  })
  const [dialog, setDialog] = useState<Action | null>(null)
  const act = useTicketAction(ticket.id)
  const press = (action: Action): void => {
    if (!may || !ticket.actions.includes(action)) return
    const fields = fromDraft(action, draft)
    if (fields !== null) act.mutate({ action, fields })
    else if (ASKS[action].length > 0) setDialog(action)
    else act.mutate({ action })
  }
  useKeys(keysOf(ticket, press))
  const shared: PageProps = {
    ticket,
    now,
    zone,
    may,
    draft,
    onDraft: (part) => setDraft((old) => ({ ...old, ...part })),
    onAction: press,
    busy: act.isPending,
  }
  return (
    <>
      {phone ? (
        <TicketPhone {...shared} failed={act.error} />
      ) : (
        <main className={css.page}>
          <Head {...shared} />
          <Trouble failed={act.error} />
          <RailCard ticket={ticket} now={now} zone={zone} />
          <div className={css.columns}>
            <LogCard ticket={ticket} zone={zone} may={may} />
            <WorkCards {...shared} />
            <SideCards ticket={ticket} now={now} zone={zone} />
          </div>
        </main>
      )}
      {dialog && <ActionDialog ticket={ticket} action={dialog} onDone={() => setDialog(null)} />}
    </>
  )
}

/** Resolving and swapping take what the page's own fields hold; null: they hold nothing, or nothing is needed. */
function fromDraft(action: Action, draft: Draft): Record<string, string> | null {
  const { cause, remedy, removed, installed } = draft
  if (action === 'resolve' && (cause || remedy)) return { cause, remedy }
  if (action === 'swap' && (removed || installed)) return { removed, installed }
  return null
}

function keysOf(ticket: Ticket, press: (action: Action) => void): Keys {
  const keys: Keys = { c: () => document.getElementById('comment')?.focus() }
  for (const action of ticket.actions) {
    const key = KEYS[action]
    if (key === undefined || action === 'comment') continue
    if (action === 'pause' && ticket.paused_at !== null) continue
    if (action === 'resume' && ticket.paused_at === null) continue
    keys[key.toLowerCase()] = () => press(action)
  }
  return keys
}
