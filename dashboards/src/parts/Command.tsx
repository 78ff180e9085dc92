/** A command to copy. */
import { IconCheck, IconCopy } from '@tabler/icons-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import css from './Command.module.css'

interface Props {
  text: string
  /** The next sensible thing to do: its button is the dark one. */
  isNext?: boolean
}

export function Command({ text, isNext = false }: Props) {
  const { t } = useTranslation()
  const [copied, setCopied] = useState(false)
  const copy = (): void => {
    void navigator.clipboard?.writeText(text).then(() => {
      setCopied(true)
      setTimeout(() => setCopied(false), 2000)
    })
  }
  return (
    <div className={css.command} data-next={isNext || undefined}>
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
