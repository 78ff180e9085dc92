/** What is written on a ticket's page and goes with an action: serial numbers of a swap, cause and remedy. */
import { Textarea, TextInput } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import type { PageProps } from './TicketPage'

type Props = Pick<PageProps, 'draft' | 'onDraft'>

export function SerialFields({ draft, onDraft }: Props) {
  const { t } = useTranslation()
  return (
    <>
      <TextInput
        label={t('ticket.oldSerial')}
        value={draft.removed}
        onChange={(event) => onDraft({ removed: event.currentTarget.value })}
      />
      <TextInput
        label={t('ticket.newSerial')}
        value={draft.installed}
        onChange={(event) => onDraft({ installed: event.currentTarget.value })}
      />
    </>
  )
}

export function FindingFields({ draft, onDraft }: Props) {
  const { t } = useTranslation()
  return (
    <>
      <Textarea
        label={t('ticket.cause')}
        placeholder={t('ticket.causeHint')}
        value={draft.cause}
        rows={2}
        onChange={(event) => onDraft({ cause: event.currentTarget.value })}
      />
      <Textarea
        label={t('ticket.remedy')}
        placeholder={t('ticket.remedyHint')}
        value={draft.remedy}
        rows={2}
        onChange={(event) => onDraft({ remedy: event.currentTarget.value })}
      />
    </>
  )
}
