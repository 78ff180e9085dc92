/**
 * What the people in the room should know, such as a microphone that is not used, and what they were told so often that
 * training would help. No ticket is opened for it.
 */
import { useTranslation } from 'react-i18next'
import { useTraining } from '../../api/queries'
import type { Room } from '../../api/types'
import { useNotices, useTenSeconds } from '../../live/hooks'
import { Card } from '../../parts/Card'
import { openIn } from '../../service/notices'
import { adviceOf, incidentTitle } from '../../words/place'
import { fullOf, whenOf } from '../../words/time'
import css from '../../parts/MaintenanceCard.module.css'

export function NoticesCard({ room, zone }: { room: Room; zone: string | undefined }) {
  const { t, i18n } = useTranslation()
  const now = useTenSeconds()
  const notices = openIn(useNotices(), room.id)
  const training = useTraining(room.id).data ?? []
  if (notices.length === 0 && training.length === 0) return null
  return (
    <Card title={t('notices.title')}>
      <ul className={css.list} aria-live="polite">
        {notices.map((notice) => {
          const onset = Date.parse(notice.onset_at)
          return (
            <li key={notice.id}>
              <span className={css.words}>
                <span>
                  {incidentTitle(notice, i18n.language)},{' '}
                  <time dateTime={notice.onset_at} title={fullOf(onset, zone)}>
                    {t('notices.since', { when: whenOf(onset, now, t, zone) })}
                  </time>
                </span>
                <small>{adviceOf(notice, i18n.language)}</small>
              </span>
            </li>
          )
        })}
        {training.map((one) => (
          <li key={one.rule}>
            <span className={css.words}>
              <span>{t('notices.training', { what: incidentTitle(one, i18n.language) })}</span>
              <small>{t('notices.often', { count: one.count, days: one.days })}</small>
            </span>
          </li>
        ))}
      </ul>
    </Card>
  )
}
