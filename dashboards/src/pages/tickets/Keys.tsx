/** The keys of the queue: the likely ones in a line, all of them on request. */
import { useTranslation } from 'react-i18next'
import { Dialog } from '../../parts/Dialog'
import { DataAge } from '../../parts/DataAge'
import { KeyCap } from '../../parts/KeyCap'
import css from './Keys.module.css'

const LINE = [
  { keys: ['J', 'K'], does: 'move' },
  { keys: ['↵'], does: 'open' },
  { keys: ['A'], does: 'acknowledge' },
  { keys: ['D'], does: 'dispatch' },
  { keys: ['V'], does: 'arrive' },
  { keys: ['C'], does: 'comment' },
  { keys: ['F'], does: 'filter' },
] as const

const ALL = [
  ...LINE,
  { keys: ['/'], does: 'search' },
  { keys: ['N'], does: 'call' },
  { keys: ['?'], does: 'all' },
] as const

export function KeyLine({ onAll }: { onAll: () => void }) {
  const { t } = useTranslation()
  return (
    <footer className={css.line}>
      {LINE.map(({ keys, does }) => (
        <span key={does}>
          {keys.map((key) => (
            <KeyCap key={key}>{key}</KeyCap>
          ))}
          {t(`queue.keys.${does}`)}
        </span>
      ))}
      <span className={css.age}>
        <DataAge />
      </span>
      <button type="button" onClick={onAll}>
        <KeyCap>?</KeyCap>
        {t('queue.keys.all')}
      </button>
    </footer>
  )
}

export function KeyHelp({ onDone }: { onDone: () => void }) {
  const { t } = useTranslation()
  return (
    <Dialog title={t('queue.keys.title')} onDone={onDone}>
      <dl className={css.all}>
        {ALL.map(({ keys, does }) => (
          <div key={does}>
            <dt>
              {keys.map((key) => (
                <KeyCap key={key}>{key}</KeyCap>
              ))}
            </dt>
            <dd>{t(`queue.keys.${does}`)}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  )
}
