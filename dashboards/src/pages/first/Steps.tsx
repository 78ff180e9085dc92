/** The way from one machine to a watched campus: each step is a command that works today. */
import { IconCheck, IconCopy } from '@tabler/icons-react'
import { useState, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import type { Device } from '../../api/types'
import { Glyph } from '../../parts/Glyph'
import { secondOf } from '../../words/time'
import css from './Steps.module.css'

interface Props {
  machine: Device | undefined
  online: boolean
  startedAt: string | undefined
}

const agentFile = (host: string): string => `[agent]
id = "pc-101"
site = "my-school"
room = "101"

[broker]
url = "mqtt://${host}:1883"
username = "..."            # roomtone-data/mqtt.json
password_file = "password"`

const BREAK = `pkill -STOP -f 'roomtone agent run'; sleep 90; pkill -CONT -f 'roomtone agent run'`

export function Steps({ machine, online, startedAt }: Props) {
  const { t } = useTranslation()
  const host =
    location.hostname === 'localhost' || location.hostname === '127.0.0.1'
      ? (machine?.id.split(':')[1] ?? 'HOST')
      : location.hostname
  const at = online && startedAt ? secondOf(Date.parse(startedAt)) : ''
  return (
    <ol className={css.steps} aria-label={t('first.steps')}>
      <li className={css.done}>
        <i>{online ? <Glyph name="recovered" size={16} label="" /> : 1}</i>
        <p>{t(online ? 'first.online' : 'first.waiting')}</p>
        <time>{at}</time>
      </li>
      <Step number={2} title={t('first.agentTitle')} note={t('first.agentNote')} isNext>
        <Command text="roomtone agent run --config agent.toml" />
        <details>
          <summary>{t('first.agentFile')}</summary>
          <p>{t('first.agentFileNote')}</p>
          <Command text="roomtone up --mqtt 0.0.0.0:1883" />
          <Command text={agentFile(host)} />
        </details>
      </Step>
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

interface StepProps {
  number: number
  title: string
  note: string
  isNext?: boolean
  children: ReactNode
}

function Step({ number, title, note, isNext = false, children }: StepProps) {
  return (
    <li className={isNext ? css.next : undefined}>
      <i>{number}</i>
      <div>
        <h3>{title}</h3>
        <p>{note}</p>
        {children}
      </div>
    </li>
  )
}

function Command({ text }: { text: string }) {
  const { t } = useTranslation()
  const [copied, setCopied] = useState(false)
  const copy = (): void => {
    void navigator.clipboard?.writeText(text).then(() => {
      setCopied(true)
      setTimeout(() => setCopied(false), 2000)
    })
  }
  return (
    <div className={css.command}>
      <pre>{text}</pre>
      <button
        type="button"
        onClick={copy}
        aria-label={t(copied ? 'first.copied' : 'first.copy')}
        title={t('first.copy')}
      >
        {copied ? <IconCheck size={16} stroke={1.8} /> : <IconCopy size={16} stroke={1.6} />}
      </button>
    </div>
  )
}
