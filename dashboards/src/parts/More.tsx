/** What is seldom wanted, behind one button. */
import { IconDots } from '@tabler/icons-react'
import { useRef, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import css from './More.module.css'

export function More({ children }: { children: ReactNode }) {
  const { t } = useTranslation()
  const box = useRef<HTMLDetailsElement>(null)
  const close = (): void => {
    if (box.current) box.current.open = false
  }
  return (
    <details
      ref={box}
      className={css.more}
      onBlur={(event) => !event.currentTarget.contains(event.relatedTarget) && close()}
      onKeyDown={(event) => event.key === 'Escape' && close()}
    >
      <summary aria-label={t('ticket.more')} title={t('ticket.more')}>
        <IconDots size={18} stroke={1.6} aria-hidden="true" />
      </summary>
      <div className={css.list} onClick={close}>
        {children}
      </div>
    </details>
  )
}
