/** The agents: what runs where, which configuration, and what is wrong with the watch itself. */
import { Button } from '@mantine/core'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useAgents } from '../../api/fleet'
import { useMe } from '../../api/queries'
import type { Agent } from '../../api/types'
import { useSites } from '../../live/hooks'
import { Trouble } from '../../parts/Trouble'
import css from './AgentsPage.module.css'
import { AgentRow } from './AgentRow'
import { ConfigDialog } from './ConfigDialog'
import { EnrolDialog } from './EnrolDialog'
import { RevokeDialog } from './RevokeDialog'
import { conditionOf } from './condition'

type Open = { what: 'enrol' } | { what: 'config' | 'revoke'; agent: Agent } | null

const MAY = ['engineer', 'admin']

export default function AgentsPage() {
  const { t } = useTranslation()
  const { data: agents, error } = useAgents()
  const sites = useSites()
  const mayAct = MAY.includes(useMe().data?.role ?? '')
  const [open, setOpen] = useState<Open>(null)
  const close = (): void => setOpen(null)
  const named = (id: string): string => sites.find((site) => site.id === id)?.name ?? id
  const groups = [...new Set((agents ?? []).map((agent) => agent.site))]
  return (
    <main className={css.page}>
      <header className={css.head}>
        <h1>{t('agents.title')}</h1>
        {mayAct && (
          <Button variant="filled" onClick={() => setOpen({ what: 'enrol' })}>
            {t('agents.enrol')}
          </Button>
        )}
      </header>
      {agents && <p className={css.lead}>{conditionOf(agents, t)}</p>}
      <Trouble failed={error} />
      {groups.map((site) => (
        <section key={site}>
          <h2>{named(site)}</h2>
          <table className={css.table}>
            <thead>
              <tr>
                <th>{t('agents.column.agent')}</th>
                <th>{t('agents.column.room')}</th>
                <th>{t('agents.column.state')}</th>
                <th>{t('agents.column.version')}</th>
                <th>{t('agents.column.system')}</th>
                <th>{t('agents.column.config')}</th>
                <th>
                  <span className={css.unseen}>{t('agents.column.act')}</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {agents
                ?.filter((agent) => agent.site === site)
                .map((agent) => (
                  <AgentRow
                    key={agent.id}
                    agent={agent}
                    onConfig={mayAct ? () => setOpen({ what: 'config', agent }) : undefined}
                    onRevoke={mayAct ? () => setOpen({ what: 'revoke', agent }) : undefined}
                  />
                ))}
            </tbody>
          </table>
        </section>
      ))}
      {open?.what === 'enrol' && <EnrolDialog onDone={close} />}
      {open?.what === 'config' && <ConfigDialog agent={open.agent} onDone={close} />}
      {open?.what === 'revoke' && <RevokeDialog agent={open.agent} onDone={close} />}
    </main>
  )
}
