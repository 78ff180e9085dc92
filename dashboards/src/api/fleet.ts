/** Agents and the codes that make them. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import type { CallFailed } from './http'
import { call } from './http'
import type { Agent, AgentConfigText, EnrolmentAsked, EnrolmentMade } from './types'

const EVERY_MS = 5_000
const PAGE = 1_000

/** Makes a one-time code for a computer; its text is in the answer and nowhere else. */
export function useNewEnrolment() {
  return useMutation<EnrolmentMade, CallFailed, EnrolmentAsked>({
    mutationFn: (body) => call('post', '/api/v1/enrolments', { body }),
  })
}

/** Every agent that this person may see, by id. */
export function useAgents() {
  return useQuery<Agent[], CallFailed>({
    queryKey: ['agents'],
    queryFn: async ({ signal }) => {
      const found: Agent[] = []
      let cursor: string | null | undefined
      do {
        const page = await call('get', '/api/v1/agents', { query: { limit: PAGE, cursor }, signal })
        found.push(...page.items)
        cursor = page.next
      } while (cursor)
      return found
    },
    refetchInterval: EVERY_MS,
  })
}

/** The configuration that an agent was handed last; null where it was handed none. */
export function useAgentConfig(id: string) {
  return useQuery<AgentConfigText | null, CallFailed>({
    queryKey: ['agents', id, 'config'],
    queryFn: ({ signal }) =>
      call('get', '/api/v1/agents/{id}/config', { at: { id }, signal }).catch((failed: CallFailed) => {
        if (failed.status === 404) return null
        throw failed
      }),
    staleTime: Infinity,
    gcTime: 0,
  })
}

/** Hands an agent a new version of its configuration. */
export function useConfigure(id: string) {
  const queries = useQueryClient()
  return useMutation<unknown, CallFailed, string>({
    mutationFn: (config) => call('put', '/api/v1/agents/{id}/config', { at: { id }, body: { config } }),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['agents'] }),
  })
}

/** Cuts an agent off. */
export function useRevoke(id: string) {
  const queries = useQueryClient()
  return useMutation<unknown, CallFailed, void>({
    mutationFn: () => call('delete', '/api/v1/agents/{id}', { at: { id } }),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['agents'] }),
  })
}
