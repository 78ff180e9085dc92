/** One line to the log of a ticket. */
import { TextInput } from '@mantine/core'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useTicketAction } from '../api/actions'
import type { Ticket } from '../api/types'
import css from './CommentBox.module.css'
import { KeyCap } from './KeyCap'
import { Trouble } from './Trouble'

export function CommentBox({ ticket, className }: { ticket: Ticket; className?: string }) {
  const { t } = useTranslation()
  const [text, setText] = useState('')
  const { mutate, isPending, error } = useTicketAction(ticket.id)
  return (
    <div className={className}>
      <Trouble failed={error} />
      <form
        className={css.box}
        onSubmit={(event) => {
          event.preventDefault()
          if (text.trim() !== '')
            mutate({ action: 'comment', fields: { text: text.trim() } }, { onSuccess: () => setText('') })
        }}
      >
        <TextInput
          id="comment"
          className={css.input}
          aria-label={t('ticket.write')}
          placeholder={t('ticket.write')}
          value={text}
          disabled={isPending}
          onChange={(event) => setText(event.currentTarget.value)}
          onKeyDown={(event) => event.key === 'Escape' && event.currentTarget.blur()}
        />
        <KeyCap>C</KeyCap>
      </form>
    </div>
  )
}
