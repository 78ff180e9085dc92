/** Makes a code for one computer, and the command that uses it. */
import { Button, Modal, NativeSelect, TextInput } from '@mantine/core'
import { useState, type FormEvent } from 'react'
import { useTranslation } from 'react-i18next'
import { useNewEnrolment } from '../../api/fleet'
import { useRooms, useSites } from '../../live/hooks'
import css from '../../parts/ActionDialog.module.css'
import { Command } from '../../parts/Command'
import { Trouble } from '../../parts/Trouble'

const DAY_S = 86_400
const ID = /^[a-z0-9][a-z0-9._-]{0,62}$/

export function EnrolDialog({ onDone }: { onDone: () => void }) {
  const { t } = useTranslation()
  const sites = useSites()
  const rooms = useRooms()
  const { mutate, data, error, isPending } = useNewEnrolment()
  const [chosen, setSite] = useState('')
  const site = chosen || (sites[0]?.id ?? '') // the first one, also where they come after the dialog
  const [room, setRoom] = useState('')
  const [slot, setSlot] = useState('')
  const isWrong = slot !== '' && !ID.test(slot)
  const send = (event: FormEvent): void => {
    event.preventDefault()
    mutate({ site, room: room || null, agent: slot || null, expires_in_s: DAY_S })
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
          <NativeSelect
            label={t('call.site')}
            value={site}
            onChange={(event) => {
              setSite(event.currentTarget.value)
              setRoom('')
            }}
          >
            {sites.map((one) => (
              <option key={one.id} value={one.id}>
                {one.name}
              </option>
            ))}
          </NativeSelect>
          <NativeSelect
            label={t('call.room')}
            value={room}
            onChange={(event) => setRoom(event.currentTarget.value)}
          >
            <option value="">{t('call.noRoom')}</option>
            {rooms
              .filter((one) => one.site === site)
              .map((one) => (
                <option key={one.id} value={one.id.slice(site.length + 1)}>
                  {one.name}
                </option>
              ))}
          </NativeSelect>
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
            <Button type="submit" variant="filled" disabled={isPending || isWrong || site === ''}>
              {t('first.makeCode')}
            </Button>
          </div>
        </form>
      )}
    </Modal>
  )
}
