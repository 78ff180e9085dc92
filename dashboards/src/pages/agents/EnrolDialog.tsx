/** Makes a code for one computer, and the command that uses it. */
import { Button, TextInput } from '@mantine/core'
import { useState, type FormEvent } from 'react'
import { useTranslation } from 'react-i18next'
import { Dialog } from '../../parts/Dialog'
import { useNewEnrolment } from '../../api/fleet'
import { useSites } from '../../live/hooks'
import css from '../../parts/ActionDialog.module.css'
import { Command } from '../../parts/Command'
import { PlaceFields, usePlace } from '../../parts/PlaceFields'
import { Trouble } from '../../parts/Trouble'

const DAY_S = 86_400
const ID = /^[a-z0-9][a-z0-9._-]{0,62}$/
const isNoId = (text: string): boolean => text !== '' && !ID.test(text)

export function EnrolDialog({ onDone }: { onDone: () => void }) {
  const { t } = useTranslation()
  const { mutate, data, error, isPending } = useNewEnrolment()
  const [place, setPlace] = usePlace()
  const [slot, setSlot] = useState('')
  const isFirst = useSites().length === 0
  const room = place.room.slice(place.site.length + 1)
  const isWrong = [slot, room, place.site].some(isNoId)
  const send = (event: FormEvent): void => {
    event.preventDefault()
    mutate({ site: place.site, room: room || null, agent: slot || null, expires_in_s: DAY_S })
  }
  return (
    <Dialog title={t('agents.enrolTitle')} size="lg" onDone={onDone}>
      {data ? (
        <div className={css.form}>
          <p>{t('agents.enrolDone')}</p>
          <Command text={data.command} isNext />
        </div>
      ) : (
        <form onSubmit={send} className={css.form}>
          <p>{t('agents.enrolLead')}</p>
          {isFirst ? (
            <>
              <TextInput
                label={t('agents.newSite')}
                description={t('agents.newSiteNote')}
                value={place.site}
                error={isNoId(place.site) ? t('agents.slotWrong') : undefined}
                onChange={(event) => setPlace({ site: event.currentTarget.value, room: '' })}
              />
              <TextInput
                label={t('agents.newRoom')}
                value={room}
                error={isNoId(room) ? t('agents.slotWrong') : undefined}
                onChange={(event) =>
                  setPlace({ ...place, room: `${place.site}/${event.currentTarget.value}` })
                }
              />
            </>
          ) : (
            <PlaceFields place={place} onPlace={setPlace} noRoom={t('agents.noRoom')} />
          )}
          <TextInput
            label={t('agents.slot')}
            description={t('agents.slotNote')}
            value={slot}
            error={isNoId(slot) ? t('agents.slotWrong') : undefined}
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
    </Dialog>
  )
}
