/** What already works on this machine, live; then the next steps, one of them dark. */
import { useTranslation } from 'react-i18next'
import type { Status } from '../../api/types'
import { useDevices, useLink, useLiveTickets, useSecond } from '../../live/hooks'
import { DataAge } from '../../parts/DataAge'
import { inSentence, ticketTitle } from '../../words/place'
import { span } from '../../words/time'
import css from './FirstRun.module.css'
import { MachineCard } from './MachineCard'
import { Steps } from './Steps'
import { Tickets } from './Tickets'
import { Tone } from './Tone'

export function FirstRun({ status }: { status: Status | undefined }) {
  const { t, i18n } = useTranslation()
  const devices = useDevices()
  const machine =
    devices.find((device) => device.id === status?.this_machine) ??
    devices.find((device) => device.id === device.agent)
  const online = machine !== undefined && (machine.state === 'ok' || machine.state === 'degraded')
  const ticket = useLiveTickets()
    .filter(
      (one) =>
        one.level <= 3 && (one.state === 'open' || one.state === 'acknowledged' || one.state === 'on_site'),
    )
    .sort((a, b) => a.level - b.level)[0]
  const { delays } = useLink()
  const seen = useSeenFor(status)
  const lead =
    machine === undefined
      ? t(status?.this_machine ? 'first.waitLead' : 'first.noAgentLead')
      : ticket === undefined
        ? t('first.lead', { span: seen })
        : t('first.leadTrouble', {
            span: seen,
            what: inSentence(ticketTitle(ticket, i18n.language), i18n.language),
          })
  return (
    <main className={css.page}>
      <h1>{t(machine === undefined ? 'first.waitTitle' : 'first.title')}</h1>
      <p className={css.lead}>{lead}</p>
      <Tone delays={delays} alive={online} />
      <div className={css.columns}>
        <div className={css.left}>
          {machine && <MachineCard device={machine} />}
          <Tickets />
        </div>
        <Steps machine={machine} online={online} startedAt={status?.started_at} />
      </div>
      <footer className={css.foot}>
        <span>
          {t('first.demo')} <code>roomtone up --demo 200</code>
        </span>
        <span className={css.right}>
          <DataAge />
          {status?.token_file && <span>{t('first.token', { file: status.token_file })}</span>}
        </span>
      </footer>
    </main>
  )
}

/** How long ago the server began. */
function useSeenFor(status: Status | undefined): string {
  const { t } = useTranslation()
  const now = useSecond()
  return span(status === undefined ? 0 : now - Date.parse(status.started_at), t)
}
