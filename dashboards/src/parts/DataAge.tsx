/** How old the page's data is: a dot while it lives, a dashed line when it is late, hatched when it has stopped. */
import { useTranslation } from 'react-i18next'
import { useAge, useFreshness, useLink } from '../live/hooks'
import { age } from '../words/time'
import css from './DataAge.module.css'

export function DataAge() {
  const { t } = useTranslation()
  const freshness = useFreshness()
  const old = useAge()
  const { connected, tries } = useLink()
  if (old === null) return <span className={css.age}>{t('live.connecting')}</span>
  const words =
    freshness === 'live' ? t('live.age', { age: age(old, t) }) : t('live.dashed', { age: age(old, t) })
  return (
    <span className={`${css.age} ${css[freshness]} ${freshness === 'blind' ? 'hatched' : ''}`}>
      <i aria-hidden="true" />
      <span>{words}</span>
      {!connected && tries > 0 && <span className={css.retry}>{t('live.retrying', { count: tries })}</span>}
    </span>
  )
}
