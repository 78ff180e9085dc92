/** Makes a code for one computer, and the command that uses it. */
import { Button, Modal, TextInput } from '@mantine/core'
import { useState, type FormEvent } from 'react'
import { useTranslation } from 'react-i18next'
import { useNewEnrolment } from '../../api/fleet'
import css from '../../parts/ActionDialog.module.css'
import { Command } from '../../parts/Command'
import { PlaceFields, usePlace } from '../../parts/PlaceFields'
import { Trouble } from '../../parts/Trouble'

const DAY_S = 86_400
const ID = /^[a-z0-9][a-z0-9._-]{0,62}$/

export function EnrolDialog({ onDone }: { onDone: () => void }) {
  const { t } = useTranslation()
  const { mutate, data, error, isPending } = useNewEnrolment()
  const [place, setPlace] = usePlace()
  const [slot, setSlot] = useState('')
  const isWrong = slot !== '' && !ID.test(slot)
  const send = (event: FormEvent): void => {
    event.preventDefault()
    const room = place.room.slice(place.site.length + 1) || null
    mutate({ site: place.site, room, agent: slot || null, expires_in_s: DAY_S })
  }
  return (
    <Modal
      opened
      onClose={onDone}
      title={t('agents.enrolTitle')}
      size="lg"
      lockScroll={false}
      centered
      transitionProps={{ duration: 0 }}
      closeButtonProps={{ 'aria-label': t('ticket.cancel') }}
    >
      {data ? (
        <div className={css.form}>
          <p>{t('agents.enrolDone')}</p>
          <Command text={data.command} isNext />
        </div>
      ) : (
        <form onSubmit={send} className={css.form}>
          <p>{t('agents.enrolLead')}</p>
          <PlaceFields place={place} onPlace={setPlace} noRoom={t('call.noRoom')} />
          <TextInput
            label={t('agents.slot')}
            description={t('agents.slotNote')}
            value={slot}
            error={isWrong ? t('agents.slotWrong') : undefined}
            onChange={(event) => setSlot(event.currentTarget.value)}
          />
          <Trouble failed={error} />
          <div className={css.foot}>
            <Button variant="default" onClick={onDone}>
              {t('ticket.cancel')}
            </Button>
            <Button type="submit" variant="filled" disabled={isPending || isWrong || place.site === ''}>
              {t('first.makeCode')}
            </Button>
          </div>
        </form>
      )}
    </Modal>
  )
}
