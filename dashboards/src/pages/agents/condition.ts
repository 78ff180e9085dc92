/** What is to be said of agents, in words. */
import type { TFunction } from 'i18next'
import type { Agent } from '../../api/types'

const FAILED: readonly Agent['config']['state'][] = ['rejected', 'rolled_back']

/** Whether an agent would not or could not run what it was given last. */
export const hasFailedConfig = (agent: Agent): boolean => FAILED.includes(agent.config.state)

/** What is wrong with one agent, the worst first; empty for one that is as it should be. */
export function notesOf(agent: Agent, t: TFunction): string[] {
  const notes: string[] = []
  if (agent.revoked_at) return [t('agents.revoked', { who: agent.revoked_by ?? '' })]
  if (agent.computers.length > 1)
    notes.push(t('agents.cloned', { who: agent.computers.map((one) => one.label).join(', ') }))
  const { trouble } = agent
  if (trouble.in_memory) notes.push(t('agents.inMemory'))
  else if (agent.spool === 'volatile') notes.push(t('agents.volatile'))
  if (agent.moved) notes.push(t('agents.moved'))
  if (trouble.clock_jumps > 0) notes.push(t('agents.clockJumps', { count: trouble.clock_jumps }))
  if (trouble.untold_sleeps > 0) notes.push(t('agents.untoldSleeps', { count: trouble.untold_sleeps }))
  if (trouble.network_changes > 0) notes.push(t('agents.networkChanges', { count: trouble.network_changes }))
  return notes
}

/** The condition of all of them, a sentence. */
export function conditionOf(agents: readonly Agent[], t: TFunction): string {
  if (agents.length === 0) return t('agents.none')
  const count = (test: (agent: Agent) => boolean): number => agents.filter(test).length
  const told = (
    [
      ['agents.clonedCount', count((agent) => agent.computers.length > 1)],
      ['agents.failedCount', count(hasFailedConfig)],
      ['agents.volatileCount', count((agent) => agent.spool === 'volatile')],
    ] as const
  ).filter(([, number]) => number > 0)
  const all = t('agents.count', { count: agents.length })
  if (told.length === 0) return t('agents.well', { all, count: agents.length })
  return [all, ...told.map(([key, number]) => t(key, { count: number }))].join(t('wall.listJoin'))
}
