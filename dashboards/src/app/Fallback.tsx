/** What stands in place of a page that is not there, or that broke: what happened, what it means, what to do. */
import { Link, type ErrorComponentProps } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import css from './Fallback.module.css'

export function Missing() {
  const { t } = useTranslation()
  return (
    <main className={css.page}>
      <h1>{t('problem.missing')}</h1>
      <p>{t('problem.missingNote')}</p>
      <Link to="/wall" className={css.action}>
        {t('problem.toWall')}
      </Link>
    </main>
  )
}

export function LoadFailed({ error }: ErrorComponentProps) {
  const { t } = useTranslation()
  return (
    <main className={css.page} role="alert">
      <h1>{t('problem.page')}</h1>
      <p>{t('problem.pageNote')}</p>
      <code>{error instanceof Error ? error.message : String(error)}</code>
      <button type="button" className={css.action} onClick={() => location.reload()}>
        {t('problem.retry')}
      </button>
    </main>
  )
}
