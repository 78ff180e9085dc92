/** Plans work on a room or one of its devices: once, or every week. */
import { Button, NativeSelect, TextInput } from '@mantine/core'
import { useState, type FormEvent } from 'react'
import { useTranslation } from 'react-i18next'
import { Dialog } from '../../parts/Dialog'
import { usePlanMaintenance } from '../../api/actions'
import type { Device, Room } from '../../api/types'
import { clock } from '../../live/clock'
import form from '../../parts/ActionDialog.module.css'
import { SpanFields } from '../../parts/SpanFields'
import { Trouble } from '../../parts/Trouble'
import { DAYS, localText, plannedTimes } from '../../service/maintenance'
import css from './MaintenanceDialog.module.css'

const HOUR = 3_600_000

interface Props {
  room: Room
  devices: readonly Device[]
  /** The device in focus, where one is. */
  device: string | undefined
  zone: string | undefined
  onDone: () => void
}

export function MaintenanceDialog({ room, devices, device: focused, zone, onDone }: Props) {
  const { t } = useTranslation()
  const { mutate, isPending, error } = usePlanMaintenance()
  const [device, setDevice] = useState(focused ?? '')
  const [weekly, setWeekly] = useState(false)
  const [days, setDays] = useState<ReadonlySet<string>>(new Set())
  const [start, setStart] = useState(() => localText(clock.now(), zone))
  const [end, setEnd] = useState(() => localText(clock.now() + 2 * HOUR, zone))
  const [begins, setBegins] = useState('22:00')
  const [ends, setEnds] = useState('06:00')
  const [reason, setReason] = useState('')
  const times = weekly
    ? { weekly: { days: DAYS.filter((day) => days.has(day)), begins, ends } }
    : plannedTimes(start, end, zone)
  const missing = times === null || (weekly && days.size === 0) || (weekly && (begins === '' || ends === ''))
  const send = (event: FormEvent): void => {
    event.preventDefault()
    if (missing) return
    const place = device === '' ? { room: room.id } : { device }
    mutate({ ...place, ...times, repeats: '', reason: reason.trim() }, { onSuccess: onDone })
  }
  return (
    <Dialog title={t('maintenance.plan')} size="lg" onDone={onDone}>
      <form onSubmit={send} className={form.form}>
        <p className={css.note}>{t('maintenance.note')}</p>
        <NativeSelect
          label={t('maintenance.what')}
          value={device}
          onChange={(event) => setDevice(event.currentTarget.value)}
        >
          <option value="">{t('maintenance.wholeRoom', { room: room.name })}</option>
          {devices.map((one) => (
            <option key={one.id} value={one.id}>
              {one.name}
            </option>
          ))}
        </NativeSelect>
        <NativeSelect
          label={t('maintenance.often')}
          value={weekly ? 'weekly' : 'once'}
          onChange={(event) => setWeekly(event.currentTarget.value === 'weekly')}
        >
          <option value="once">{t('maintenance.once')}</option>
          <option value="weekly">{t('maintenance.weekly')}</option>
        </NativeSelect>
        {weekly ? (
          <>
            <fieldset className={css.days}>
              <legend>{t('maintenance.days')}</legend>
              {DAYS.map((day) => (
                <Button
                  key={day}
                  variant={days.has(day) ? 'filled' : 'default'}
                  size="compact-sm"
                  aria-pressed={days.has(day)}
                  onClick={() => setDays(toggled(days, day))}
                >
                  {t(`maintenance.day.${day}`)}
                </Button>
              ))}
            </fieldset>
            <div className={css.pair}>
              <SpanFields
                type="time"
                labels={[t('maintenance.from'), t('maintenance.to')]}
                from={begins}
                to={ends}
                onFrom={setBegins}
                onTo={setEnds}
              />
            </div>
          </>
        ) : (
          <div className={css.pair}>
            <SpanFields
              type="datetime-local"
              labels={[t('maintenance.from'), t('maintenance.to')]}
              from={start}
              to={end}
              onFrom={setStart}
              onTo={setEnd}
            />
          </div>
        )}
        <TextInput
          label={t('maintenance.reason')}
          value={reason}
          maxLength={200}
          onChange={(event) => setReason(event.currentTarget.value)}
        />
        <Trouble failed={error} />
        <div className={form.foot}>
          <Button variant="default" onClick={onDone}>
            {t('ticket.cancel')}
          </Button>
          <Button type="submit" variant="filled" disabled={missing || isPending}>
            {t('maintenance.plan')}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}

function toggled(days: ReadonlySet<string>, day: string): ReadonlySet<string> {
  const other = new Set(days)
  if (!other.delete(day)) other.add(day)
  return other
}
