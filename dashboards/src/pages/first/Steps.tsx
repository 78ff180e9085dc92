/** The way from one machine to a watched campus: each step is a command that works today. */
import { Button } from '@mantine/core'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { useNewEnrolment } from '../../api/fleet'
import type { Device } from '../../api/types'
import { Command } from '../../parts/Command'
import { Glyph } from '../../parts/Glyph'
import { Trouble } from '../../parts/Trouble'
import { secondOf } from '../../words/time'
import css from './Steps.module.css'

interface Props {
  machine: Device | undefined
  online: boolean
  startedAt: string | undefined
}

const REACHABLE = 'roomtone up --http 0.0.0.0:8080 --mqtt 0.0.0.0:1883'
const DAY_S = 86_400
const LOOPBACK = ['localhost', '127.0.0.1', '[::1]']
const BREAK = `pkill -STOP -f 'roomtone agent run'; sleep 90; pkill -CONT -f 'roomtone agent run'`

export function Steps({ machine, online, startedAt }: Props) {
  const { t } = useTranslation()
  const at = online && startedAt ? secondOf(Date.parse(startedAt)) : ''
  return (
    <ol className={css.steps} aria-label={t('first.steps')}>
      <li className={css.done}>
        <i>{online ? <Glyph name="recovered" size={16} label="" /> : 1}</i>
        <p>{t(online ? 'first.online' : 'first.waiting')}</p>
        <time>{at}</time>
      </li>
      <Enrol site={machine?.site} />
      <Step number={3} title={t('first.campusTitle')} note={t('first.campusNote')}>
        <Command text="roomtone campus check campus.yaml && roomtone up --campus campus.yaml" />
      </Step>
      <Step number={4} title={t('first.snmpTitle')} note={t('first.snmpNote')}>
        <Command text="roomtone snmp identify 192.0.2.10 --community public" />
      </Step>
      <Step number={5} title={t('first.breakTitle')} note={t('first.breakNote')}>
        <Command text={BREAK} />
      </Step>
    </ol>
  )
}

/** A code for one computer: the command that it makes is the whole installation. */
function Enrol({ site }: { site: string | undefined }) {
  const { t } = useTranslation()
  const { mutate, data, error, isPending } = useNewEnrolment()
  const alone = LOOPBACK.includes(location.hostname)
  return (
    <Step
      number={2}
      title={t('first.agentTitle')}
      note={t(alone ? 'first.agentAlone' : 'first.agentNote')}
      isNext
      action={
        data === undefined &&
        site !== undefined && (
          <Button variant="filled" disabled={isPending} onClick={() => mutate({ site, expires_in_s: DAY_S })}>
            {t('first.makeCode')}
          </Button>
        )
      }
    >
      {alone && <Command text={REACHABLE} />}
      {data && <Command text={data.command} isNext />}
      <Trouble failed={error} />
    </Step>
  )
}

interface StepProps {
  number: number
  title: string
  note: string
  isNext?: boolean
  action?: ReactNode
  children: ReactNode
}

function Step({ number, title, note, isNext = false, action, children }: StepProps) {
  return (
    <li className={isNext ? css.next : undefined}>
      <i>{number}</i>
      <div>
        <div className={css.head}>
          <div>
            <h3>{title}</h3>
            <p>{note}</p>
          </div>
          {action}
        </div>
        {children}
      </div>
    </li>
  )
}
