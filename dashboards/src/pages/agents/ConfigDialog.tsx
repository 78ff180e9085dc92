/** Hands an agent a new version of its agent.toml. */
import { Button, Textarea } from '@mantine/core'
import { useState, type FormEvent } from 'react'
import { useTranslation } from 'react-i18next'
import { Dialog } from '../../parts/Dialog'
import { useAgentConfig, useConfigure } from '../../api/fleet'
import type { Agent } from '../../api/types'
import css from '../../parts/ActionDialog.module.css'
import { Trouble } from '../../parts/Trouble'

export function ConfigDialog({ agent, onDone }: { agent: Agent; onDone: () => void }) {
  const { t } = useTranslation()
  const { data: handed, error: unread, isFetching } = useAgentConfig(agent.id)
  const { mutate, isPending, error } = useConfigure(agent.id)
  const [written, setWritten] = useState<string>()
  const text = written ?? handed?.config ?? ''
  const send = (event: FormEvent): void => {
    event.preventDefault()
    mutate(text, { onSuccess: onDone })
  }
  return (
    <Dialog title={t('agents.configTitle', { agent: agent.id })} size="xl" onDone={onDone}>
      <form onSubmit={send} className={css.form}>
        <p>{t('agents.configLead')}</p>
        <Textarea
          label="agent.toml"
          value={text}
          rows={18}
          spellCheck={false}
          // What it runs may still be on its way, and would come between what is being written.
          readOnly={isFetching && written === undefined}
          styles={{ input: { fontFamily: 'monospace' } }}
          onChange={(event) => setWritten(event.currentTarget.value)}
        />
        <Trouble failed={error ?? unread} />
        <div className={css.foot}>
          <Button variant="default" onClick={onDone}>
            {t('ticket.cancel')}
          </Button>
          <Button
            type="submit"
            variant="filled"
            disabled={isPending || text.trim() === '' || text === handed?.config}
          >
            {t('agents.handOver')}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
