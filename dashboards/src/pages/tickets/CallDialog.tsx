/** A ticket that a person opens: a call was taken. */
import { Button, NativeSelect, Textarea, TextInput } from '@mantine/core'
import { useState, type FormEvent } from 'react'
import { useTranslation } from 'react-i18next'
import { Dialog } from '../../parts/Dialog'
import { useNewTicket } from '../../api/actions'
import { PlaceFields, usePlace } from '../../parts/PlaceFields'
import { Trouble } from '../../parts/Trouble'
import css from '../../parts/ActionDialog.module.css'

interface Props {
  onDone: () => void
  onOpened: (id: number) => void
  /** The room that the caller is in, where that is known. */
  room?: string
}

const LEVELS = [1, 2, 3, 4] as const

export function CallDialog({ onDone, onOpened, room: known = '' }: Props) {
  const { t } = useTranslation()
  const { mutate, isPending, error } = useNewTicket()
  const [place, setPlace] = usePlace({ known, asks: true })
  const [level, setLevel] = useState(4)
  const [title, setTitle] = useState('')
  const [symptom, setSymptom] = useState('')
  const missing = place.site === '' || title.trim() === ''
  const send = (event: FormEvent): void => {
    event.preventDefault()
    if (missing) return
    mutate(
      { site: place.site, room: place.room || null, device: null, level, title: title.trim(), symptom },
      {
        onSuccess: (ticket) => {
          onOpened(ticket.id)
          onDone()
        },
      },
    )
  }
  return (
    <Dialog title={t('call.title')} size="lg" onDone={onDone}>
      <form onSubmit={send} className={css.form}>
        <PlaceFields
          place={place}
          onPlace={setPlace}
          noRoom={t('call.noRoom')}
          asks
          isFocused={place.site === ''}
        />
        <TextInput
          label={t('call.what')}
          placeholder={t('call.whatHint')}
          value={title}
          maxLength={200}
          data-autofocus={place.site !== '' || undefined}
          onChange={(event) => setTitle(event.currentTarget.value)}
        />
        <Textarea
          label={t('call.symptom')}
          placeholder={t('call.symptomHint')}
          value={symptom}
          rows={3}
          onChange={(event) => setSymptom(event.currentTarget.value)}
        />
        <NativeSelect
          label={t('call.level')}
          value={String(level)}
          onChange={(event) => setLevel(Number(event.currentTarget.value))}
        >
          {LEVELS.map((one) => (
            <option key={one} value={one}>
              {t(`call.l${one}`)}
            </option>
          ))}
        </NativeSelect>
        <Trouble failed={error} />
        <div className={css.foot}>
          <Button variant="default" onClick={onDone}>
            {t('ticket.cancel')}
          </Button>
          <Button
            type="submit"
            variant="filled"
            disabled={missing || isPending}
            title={missing ? t('call.needed') : undefined}
          >
            {t('call.open')}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
