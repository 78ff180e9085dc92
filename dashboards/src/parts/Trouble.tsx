/** A call that failed: what happened, what it means, what to do. */
import { useTranslation } from 'react-i18next'
import type { CallFailed } from '../api/http'
import { Glyph } from './Glyph'
import css from './Trouble.module.css'

interface Props {
  failed: CallFailed | null | undefined
  onRetry?: () => void
}

export function Trouble({ failed, onRetry }: Props) {
  const { t } = useTranslation()
  if (!failed || failed.status === 401) return null
  const kind =
    failed.status === 0
      ? 'network'
      : failed.status === 403
        ? 'forbidden'
        : failed.status === 409
          ? 'conflict'
          : failed.isRead
            ? 'unread'
            : 'server'
  const said = failed.status === 400 || failed.status === 422 || failed.status === 404
  const title = said ? (failed.problem.title ?? t('problem.server')) : t(`problem.${kind}`)
  const note = said ? (failed.problem.detail ?? '') : t(`problem.${kind}Note`)
  return (
    <div className={css.trouble} role="alert">
      <Glyph name="unknown" size={16} label="" />
      <div>
        <strong>{title}</strong>
        {note !== '' && <p>{note}</p>}
        {!said && failed.problem.detail && <p>{failed.problem.detail}</p>}
        {(failed.problem.errors ?? []).length > 0 && (
          <ul>
            {failed.problem.errors?.map((error) => (
              <li key={error.where + error.what}>
                {error.where}: {error.what}
              </li>
            ))}
          </ul>
        )}
      </div>
      {onRetry && (
        <button type="button" onClick={onRetry}>
          {t('problem.retry')}
        </button>
      )}
    </div>
  )
}
