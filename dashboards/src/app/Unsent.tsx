/** Says which actions wait for the network. */
import { useSyncExternalStore } from 'react'
import { useTranslation } from 'react-i18next'
import { outbox } from '../live/outbox'
import css from './Unsent.module.css'

export function Unsent() {
  const { t } = useTranslation()
  const waiting = useSyncExternalStore(outbox.watch, outbox.get)
  if (waiting.length === 0) return null
  return (
    <ul className={css.list} aria-live="polite">
      {waiting.map((entry) => (
        <li key={entry.key}>
          <b>{t('ticket.number', { id: entry.ticket })}</b> {t(`ticket.action.${entry.action}`)}
          <span>{t('ticket.sent')}</span>
        </li>
      ))}
    </ul>
  )
}
