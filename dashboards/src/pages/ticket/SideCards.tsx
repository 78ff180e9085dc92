/** Where it is, what it is, and who has it. */
import { useTranslation } from 'react-i18next'
import type { Ticket } from '../../api/types'
import { isSilent } from '../../campus/silence'
import { useDevice, useIncidents, useRoom } from '../../live/hooks'
import { valueWords } from '../../metrics/value'
import { Card } from '../../parts/Card'
import { useTicketIncident } from '../../parts/Evidence'
import { Facts } from '../../parts/Facts'
import { LinkButton } from '../../parts/LinkButton'
import { OverridesCard } from '../../parts/OverridesCard'
import { ParentsCard } from '../../parts/ParentsCard'
import { RoleIcon } from '../../parts/RoleIcon'
import { languageOf, nameOf, placeOf } from '../../words/place'
import { metricName } from '../../words/metrics'
import { ago, fullOf, minuteOf } from '../../words/time'
import { HiddenCard } from './HiddenCard'
import { LadderCard } from './LadderCard'
import css from './SideCards.module.css'

interface Props {
  ticket: Ticket
  now: number
  zone: string | undefined
}

export function SideCards(props: Props) {
  return (
    <div className={css.column}>
      <PlaceCard {...props} />
      <HiddenCard ticket={props.ticket} />
      {props.ticket.device !== null && <DeviceCard {...props} />}
      <OfDevice ticket={props.ticket} />
      <PeopleCard {...props} />
      <LadderCard {...props} />
    </div>
  )
}

/** What its device hangs on, and what of its rule is different there. */
export function OfDevice({ ticket }: { ticket: Ticket }) {
  const device = useDevice(ticket.device ?? '')
  const rule = useTicketIncident(ticket)?.rule
  if (device === undefined) return null
  return (
    <>
      <ParentsCard device={device} />
      {rule && <OverridesCard device={device} rule={rule} />}
    </>
  )
}

export function PlaceCard({ ticket, zone }: Props) {
  const { t, i18n } = useTranslation()
  const room = useRoom(ticket.room ?? '')
  const [site = '', name = ''] = (ticket.room ?? '').split('/')
  const now = room?.lesson.now
  const next = room?.lesson.next
  return (
    <Card title={t('ticket.place')}>
      <p className={css.name}>{placeOf(ticket, i18n.language)}</p>
      {room?.has_timetable && (
        <Facts
          facts={[
            [
              t('ticket.lessonNow'),
              now
                ? t('ticket.until', {
                    title: now.title,
                    time: minuteOf(Date.parse(now.end), zone),
                    recorded: t(now.recorded ? 'ticket.recorded' : 'ticket.notRecorded'),
                  })
                : t('ticket.noLesson'),
            ],
            next
              ? [
                  t('ticket.lessonNext'),
                  t('ticket.at', { time: minuteOf(Date.parse(next.start), zone), title: next.title }),
                ]
              : null,
          ]}
        />
      )}
      {ticket.room && (
        <LinkButton
          to="/rooms/$site/$room"
          params={{ site, room: name }}
          component="a"
          variant="default"
          className={css.link}
        >
          {t('ticket.openRoom')}
        </LinkButton>
      )}
    </Card>
  )
}

function DeviceCard({ ticket, now, zone }: Props) {
  const { t, i18n } = useTranslation()
  const device = useDevice(ticket.device ?? '')
  const unit = device ? [device.unit.vendor, device.unit.model].filter(Boolean).join(' ') : ''
  const seen = device?.last_seen ? Date.parse(device.last_seen) : null
  const told = device?.highlight
  const incidents = useIncidents()
  return (
    <Card title={t('ticket.device')}>
      <div className={css.unit}>
        <RoleIcon role={device?.role ?? ticket.device_role ?? 'other'} size={22} />
        <div>
          <p>
            {[device ? nameOf(device, t) : (ticket.device_name ?? ticket.device), unit]
              .filter(Boolean)
              .join(' ')}
          </p>
          <small>{device?.unit.serial || ticket.device}</small>
        </div>
      </div>
      <Facts
        facts={[
          [t('ticket.coverageLabel'), t(`ticket.coverage.${ticket.coverage}`)],
          device?.unit.firmware ? [t('ticket.firmware'), device.unit.firmware] : null,
          told && device && !isSilent(device, incidents)
            ? [
                metricName(told.metric, told.instance, languageOf(i18n.language)),
                valueWords(told.metric, told.unit, told.value, t),
              ]
            : null,
          seen === null
            ? null
            : [t('ticket.lastSeen'), <span title={fullOf(seen, zone)}>{ago(now - seen, t)}</span>],
        ]}
      />
    </Card>
  )
}

function PeopleCard({ ticket, now, zone }: Props) {
  const { t } = useTranslation()
  void now
  const promised = ticket.promised_at === null ? null : Date.parse(ticket.promised_at)
  return (
    <Card title={t('ticket.people')}>
      <Facts
        facts={[
          [t('ticket.with'), ticket.assignee ?? t('ticket.unclaimed')],
          [t('ticket.openedBy'), t(`ticket.source.${ticket.source}`)],
          [t('ticket.agreement'), ticket.agreement],
          promised === null ? null : [t('field.promised_at'), fullOf(promised, zone)],
        ]}
      />
    </Card>
  )
}
