/** Asks for what an action needs, and carries it out. */
import { Button, NativeSelect, Textarea, TextInput } from '@mantine/core'
import { useState, type FormEvent } from 'react'
import { useTranslation } from 'react-i18next'
import { Dialog } from './Dialog'
import { useTicketAction } from '../api/actions'
import type { Action, Ticket } from '../api/types'
import { ASKS, type Field } from '../service/actions'
import css from './ActionDialog.module.css'
import { Trouble } from './Trouble'

interface Props {
  ticket: Ticket
  action: Action
  onDone: () => void
}

export function ActionDialog({ ticket, action, onDone }: Props) {
  const { t } = useTranslation()
  const { mutate, isPending, error } = useTicketAction(ticket.id)
  const [values, setValues] = useState<Record<string, string>>({})
  const asks = ASKS[action]
  const missing = asks.some((field) => field.required && !values[field.name]?.trim())
  const send = (event: FormEvent): void => {
    event.preventDefault()
    if (!missing) mutate({ action, fields: filled(asks, values) }, { onSuccess: onDone })
  }
  return (
    <Dialog title={`${t(`ticket.action.${action}`)} #${ticket.id}`} onDone={onDone}>
      <form onSubmit={send} className={css.form}>
        {asks.map((field, index) => (
          <Asked
            key={field.name}
            field={field}
            action={action}
            first={index === 0}
            value={values[field.name] ?? ''}
            onChange={(value) => setValues((old) => ({ ...old, [field.name]: value }))}
          />
        ))}
        <Trouble failed={error} />
        <div className={css.foot}>
          <Button variant="default" onClick={onDone}>
            {t('ticket.cancel')}
          </Button>
          <Button type="submit" variant="filled" disabled={missing || isPending}>
            {t(`ticket.action.${action}`)}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}

interface AskedProps {
  field: Field
  action: Action
  first: boolean
  value: string
  onChange: (value: string) => void
}

function Asked({ field, action, first, value, onChange }: AskedProps) {
  const { t } = useTranslation()
  const label = t(`field.${field.name as 'text'}`)
  const shared = {
    label,
    required: field.required,
    withAsterisk: false,
    value,
    'data-autofocus': first || undefined,
  }
  if (field.kind === 'text')
    return (
      <Textarea
        {...shared}
        label={action === 'pause' || action === 'relevel' ? t('ticket.reason') : label}
        autosize={false}
        rows={3}
        onChange={(event) => onChange(event.currentTarget.value)}
      />
    )
  if (field.kind === 'level' || field.kind === 'score') {
    const choices = field.kind === 'level' ? [1, 2, 3, 4] : [1, 2, 3, 4, 5]
    return (
      <NativeSelect {...shared} onChange={(event) => onChange(event.currentTarget.value)}>
        <option value="" />
        {choices.map((one) => (
          <option key={one} value={one}>
            {field.kind === 'level' ? t(`call.l${one as 1 | 2 | 3 | 4}`) : one}
          </option>
        ))}
      </NativeSelect>
    )
  }
  return (
    <TextInput
      {...shared}
      type={field.kind === 'time' ? 'datetime-local' : 'text'}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  )
}

/** The fields as the API takes them; a local time becomes an instant. */
export function filled(asks: readonly Field[], values: Record<string, string>): Record<string, unknown> {
  const out: Record<string, unknown> = {}
  for (const { name, kind } of asks) {
    const value = values[name]?.trim()
    if (!value) continue
    out[name] =
      kind === 'time'
        ? new Date(value).toISOString()
        : kind === 'level' || kind === 'score'
          ? Number(value)
          : value
  }
  return out
}
