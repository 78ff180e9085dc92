/** The queue: every ticket by its nearest clock, the one in focus open beside it. Keyboard first. */
import { getRouteApi } from '@tanstack/react-router'
import { useEffect, useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useTicketAction } from '../../api/actions'
import { useClosedTickets, useMe } from '../../api/queries'
import type { Action, Ticket } from '../../api/types'
import { useLiveTickets, useLoaded, useSecond } from '../../live/hooks'
import { useCampusZone } from '../../live/zone'
import { ActionDialog } from '../../parts/ActionDialog'
import { useFocusKeptIn } from '../../parts/useKeptFocus'
import { useKeys } from '../../parts/useKeys'
import { ASKS, mayAct } from '../../service/actions'
import { countsOf, fitting } from '../../service/queue'
import { sections } from '../../service/sections'
import { midnightAfter } from '../../words/time'
import { CallDialog } from './CallDialog'
import { Filters } from './Filters'
import { FocusedTicket } from './FocusedTicket'
import { KeyHelp, KeyLine } from './Keys'
import { Queue } from './Queue'
import css from './TicketsPage.module.css'

const route = getRouteApi('/desk/tickets')

/** So many tickets that are over stand open in the queue; more are folded away. */
const FEW = 3

export default function TicketsPage() {
  const { t } = useTranslation()
  const search = route.useSearch()
  const navigate = route.useNavigate()
  const live = useLiveTickets()
  const loaded = useLoaded()
  const me = useMe().data
  const filter = search.filter ?? 'live'
  const closed = useClosedTickets(filter === 'closed').data
  const now = useSecond()
  const zone = useCampusZone()
  const all = useMemo(
    () => [...live, ...(filter === 'closed' ? onlyNew(closed ?? [], live) : [])],
    [live, closed, filter],
  )
  const shown = fitting(all, { ...search, filter, me: me?.name })
  const groups =
    filter === 'closed'
      ? [{ section: 'closed' as const, tickets: newest(shown) }]
      : sections(shown, now, midnightAfter(now, zone))
  const done = groups.find((group) => group.section === 'done')?.tickets ?? []
  const [folded, setFolded] = useState<boolean | null>(null)
  const isFolded = folded ?? done.length > FEW
  const inOrder = groups.flatMap((group) => (group.section === 'done' && isFolded ? [] : group.tickets))
  const [picked, setPicked] = useState<number | null>(null)
  const focused = inOrder.find((ticket) => ticket.id === picked) ?? inOrder[0]
  const [dialog, setDialog] = useState<Action | 'call' | 'keys' | null>(search.call ? 'call' : null)
  const act = useTicketAction(focused?.id ?? 0)

  const press = (action: Action): void => {
    if (focused === undefined || !mayAct(me?.role) || !focused.actions.includes(action)) return
    if (ASKS[action].length > 0) setDialog(action)
    else act.mutate({ action })
  }
  const move = (by: number): void => {
    const at = focused === undefined ? -1 : inOrder.indexOf(focused)
    const next = inOrder[Math.min(inOrder.length - 1, Math.max(0, at + by))]
    if (next === undefined) return
    setPicked(next.id)
    linkOf(next.id)?.focus()
  }
  useKeys({
    j: () => move(1),
    ArrowDown: () => move(1),
    k: () => move(-1),
    ArrowUp: () => move(-1),
    Enter: () => focused && void navigate({ to: '/tickets/$id', params: { id: String(focused.id) } }),
    a: () => press('acknowledge'),
    d: () => press('dispatch'),
    v: () => press('arrive'),
    c: () => document.getElementById('comment')?.focus(),
    f: () => document.getElementById('school')?.focus(),
    n: () => setDialog('call'),
    '/': () => document.getElementById('find')?.focus(),
    '?': () => setDialog('keys'),
  })
  useFocusInView(focused)

  return (
    <div className={css.page}>
      <main className={css.main}>
        <Filters
          counts={countsOf(all, me?.name)}
          filter={filter}
          search={search}
          onSearch={(part) => void navigate({ search: (old) => ({ ...old, ...part }), replace: true })}
          onCall={() => setDialog('call')}
        />
        <Queue
          groups={groups}
          now={now}
          focused={focused?.id}
          onFocus={setPicked}
          isFolded={isFolded}
          onFold={() => setFolded(!isFolded)}
          empty={
            loaded
              ? t(filter === 'live' && !search.find && !search.site ? 'queue.empty' : 'queue.emptyFilter')
              : ''
          }
        />
        <KeyLine onAll={() => setDialog('keys')} />
      </main>
      {focused && (
        <FocusedTicket ticket={focused} now={now} onAction={press} failed={act.error} busy={act.isPending} />
      )}
      {dialog === 'call' && <CallDialog onDone={() => setDialog(null)} onOpened={setPicked} />}
      {dialog === 'keys' && <KeyHelp onDone={() => setDialog(null)} />}
      {focused && dialog !== null && dialog !== 'call' && dialog !== 'keys' && (
        <ActionDialog ticket={focused} action={dialog} onDone={() => setDialog(null)} />
      )}
    </div>
  )
}

function onlyNew(fetched: readonly Ticket[], known: readonly Ticket[]): Ticket[] {
  const ids = new Set(known.map((ticket) => ticket.id))
  return fetched.filter((ticket) => !ids.has(ticket.id))
}

function newest(tickets: readonly Ticket[]): Ticket[] {
  return [...tickets].sort((a, b) => Date.parse(b.updated_at) - Date.parse(a.updated_at))
}

const linkOf = (id: number): HTMLElement | null =>
  document.querySelector<HTMLElement>(`[data-ticket="${id}"] a`)

/** Keeps the row in focus on the screen, and the keyboard's focus on it when it moves to another section. */
function useFocusInView(focused: Ticket | undefined): void {
  const id = focused?.id
  useEffect(() => {
    if (id !== undefined)
      document.querySelector(`[data-ticket="${id}"]`)?.scrollIntoView({ block: 'nearest' })
  }, [id])
  useFocusKeptIn(
    (at) => at.closest('[data-ticket]') !== null,
    () => (id === undefined ? null : linkOf(id)),
  )
}
