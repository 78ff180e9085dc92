/** Says over every page that its data has stopped, and since when. */
import { useTranslation } from 'react-i18next'
import { useIllness } from '../api/queries'
import { useBlindFor, useFreshness, useLink, useSecond } from '../live/hooks'
import { useCampusZone } from '../live/zone'
import { Glyph } from '../parts/Glyph'
import { secondOf } from '../words/time'
import css from './Stopped.module.css'

export function Stopped() {
  const blind = useFreshness() === 'blind'
  return blind ? <Bar /> : <NotReady />
}

/** The server answers, but a part that it needs does not work. */
function NotReady() {
  const { t } = useTranslation()
  const ill = useIllness()
  if (ill === null) return null
  return (
    <div className={css.bar} role="alert">
      <span>
        <Glyph name="unknown" size={16} label="" />
        {t('live.notReady', { list: ill })}
      </span>
    </div>
  )
}

function Bar() {
  const { t } = useTranslation()
  const now = useSecond()
  const age = useBlindFor()
  const zone = useCampusZone()
  const { connected, tries } = useLink()
  return (
    <div className={`${css.bar} hatched`} role="alert">
      <span>
        <Glyph name="unknown" size={16} label="" />
        {t('live.stopped', { time: secondOf(now - age, zone) })}
      </span>
      {!connected && tries > 0 && <span>{t('live.retrying', { count: tries })}</span>}
    </div>
  )
}
