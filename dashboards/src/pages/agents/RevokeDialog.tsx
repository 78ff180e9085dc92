/** Asks once more before an agent is cut off. */
import { Button } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { Dialog } from '../../parts/Dialog'
import { useRevoke } from '../../api/fleet'
import type { Agent } from '../../api/types'
import css from '../../parts/ActionDialog.module.css'
import { Trouble } from '../../parts/Trouble'

export function RevokeDialog({ agent, onDone }: { agent: Agent; onDone: () => void }) {
  const { t } = useTranslation()
  const { mutate, isPending, error } = useRevoke(agent.id)
  return (
    <Dialog title={t('agents.revokeTitle', { agent: agent.id })} onDone={onDone}>
      <div className={css.form}>
        <p>{t('agents.revokeLead')}</p>
        <Trouble failed={error} />
        <div className={css.foot}>
          <Button variant="default" onClick={onDone}>
            {t('ticket.cancel')}
          </Button>
          <Button
            variant="filled"
            disabled={isPending}
            onClick={() => mutate(undefined, { onSuccess: onDone })}
          >
            {t('agents.revoke')}
          </Button>
        </div>
      </div>
    </Dialog>
  )
}
