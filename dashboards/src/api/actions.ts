/** What people do: ticket actions, a new ticket, signing in and out. */
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { outbox } from '../live/outbox'
import { store } from '../live/store'
import type { CallFailed } from './http'
import { call } from './http'
import type { Action, Maintenance, MaintenanceAsked, Me, Ticket, TicketAsked } from './types'

export interface Asked {
  action: Action
  fields?: Record<string, unknown>
}

const newKey = (): string => globalThis.crypto?.randomUUID?.() ?? `${Date.now()}-${Math.random()}`

/** Carries out actions on one ticket; what the network could not take is kept and sent later. */
export function useTicketAction(id: number) {
  const queries = useQueryClient()
  return useMutation<Ticket | null, CallFailed, Asked>({
    mutationFn: ({ action, fields = {} }) =>
      outbox.send({ key: newKey(), ticket: id, action, fields, at: Date.now() }),
    onSettled: (_, error) => {
      void queries.invalidateQueries({ queryKey: ['ticket', id] })
      if (error?.status === 409) void refresh(id)
    },
  })
}

/** Shows a ticket as it is after somebody else was faster. */
async function refresh(id: number): Promise<void> {
  store.put('ticket', [await call('get', '/api/v1/tickets/{id}', { at: { id } })])
}

export function useNewTicket() {
  return useMutation<Ticket, CallFailed, TicketAsked>({
    mutationFn: (body) => call('post', '/api/v1/tickets', { body, key: newKey() }),
    onSuccess: (ticket) => store.put('ticket', [ticket]),
  })
}

/** Plans work: faults there open no ticket while it lasts. */
export function usePlanMaintenance() {
  const queries = useQueryClient()
  return useMutation<Maintenance, CallFailed, MaintenanceAsked>({
    mutationFn: (body) => call('post', '/api/v1/maintenance', { body }),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['maintenance'] }),
  })
}

/** Ends planned work early: the time that runs, or all of it before it begins. */
export function useEndMaintenance() {
  const queries = useQueryClient()
  return useMutation<unknown, CallFailed, Maintenance>({
    mutationFn: ({ id, now }) =>
      now === null
        ? call('delete', '/api/v1/maintenance/{id}', { at: { id } })
        : call('post', '/api/v1/maintenance/{id}/end', { at: { id } }),
    onSettled: () => queries.invalidateQueries({ queryKey: ['maintenance'] }),
  })
}

export function useSignIn() {
  const queries = useQueryClient()
  return useMutation<Me, CallFailed, { user: string; password: string }>({
    mutationFn: (body) => call('post', '/api/v1/session', { body }),
    onSuccess: () => queries.clear(),
  })
}

export function useSignOut() {
  return useMutation<undefined, CallFailed>({ mutationFn: () => call('delete', '/api/v1/session') })
}
