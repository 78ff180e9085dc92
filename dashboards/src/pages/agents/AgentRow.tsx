/** One agent: who it is, what it runs, and what is wrong with it. */
import { useTranslation } from 'react-i18next'
import type { Agent } from '../../api/types'
import { useRoom, useTenSeconds } from '../../live/hooks'
import { Glyph } from '../../parts/Glyph'
import { RoomLink } from '../../parts/RoomLink'
import { ago, fullOf } from '../../words/time'
import css from './AgentsPage.module.css'
import { hasFailedConfig, notesOf } from './condition'

interface Props {
  agent: Agent
  onConfig: (() => void) | undefined
  onRevoke: (() => void) | undefined
}

export function AgentRow({ agent, onConfig, onRevoke }: Props) {
  const { t } = useTranslation()
  const now = useTenSeconds()
  const room = useRoom(agent.room?.includes('/') ? agent.room : `${agent.site}/${agent.room ?? ''}`)
  const notes = notesOf(agent, t)
  const { config } = agent
  const seen = agent.last_seen === null ? null : Date.parse(agent.last_seen)
  const isOurs = agent.enrolled_at !== null && agent.revoked_at === null
  return (
    <tr data-revoked={agent.revoked_at !== null || undefined}>
      <th scope="row">
        {agent.id.slice(agent.site.length + 1)}
        <small>{[agent.address, agent.serial].filter(Boolean).join(', ')}</small>
        {notes.map((note) => (
          <p key={note} className={css.note}>
            <Glyph name="3" size={12} label="" /> {note}
          </p>
        ))}
      </th>
      <td>
        {agent.room && (room ? <RoomLink id={room.id}>{room.name}</RoomLink> : agent.room.split('/').at(-1))}
      </td>
      <td title={seen === null ? undefined : fullOf(seen)}>
        {agent.state && agent.state !== 'ok' && t(`state.${agent.state}`)}{' '}
        {seen !== null && ago(Math.max(0, now - seen), t)}
      </td>
      <td>{agent.agent_version}</td>
      <td>{agent.os}</td>
      <td>
        {t('agents.version', { version: config.version, context: config.version === 0 ? 'own' : undefined })}{' '}
        <small>
          {t(`agents.state.${config.state}`)}
          {config.newest > config.version && `, ${t('agents.given', { version: config.newest })}`}
        </small>
        {hasFailedConfig(agent) && config.error !== '' && <pre className={css.error}>{config.error}</pre>}
      </td>
      <td className={css.acts}>
        {isOurs && onConfig && (
          <button type="button" onClick={onConfig}>
            {t('agents.configure')}
          </button>
        )}
        {isOurs && onRevoke && (
          <button type="button" onClick={onRevoke}>
            {t('agents.revoke')}
          </button>
        )}
      </td>
    </tr>
  )
}
