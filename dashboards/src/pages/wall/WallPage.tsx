/** The wall: every room at a glance, from across the room. Dark, no hover, no scroll. */
import { useTranslation } from 'react-i18next'
import { useFreshness, useLoaded } from '../../live/hooks'
import { Changes } from './Changes'
import { Header } from './Header'
import { Sites } from './Sites'
import { TicketRail } from './TicketRail'
import { useFit } from './useFit'
import { useShift } from './useShift'
import css from './WallPage.module.css'

export default function WallPage() {
  const { t } = useTranslation()
  const loaded = useLoaded()
  const freshness = useFreshness()
  const fit = useFit()
  const shift = useShift()
  return (
    <main
      className={css.wall}
      data-freshness={freshness}
      data-loaded={loaded || undefined}
      style={{ zoom: fit.zoom, height: fit.height, translate: shift }}
      aria-label={t('nav.wall')}
    >
      <Header />
      <div className={css.body}>
        <Sites height={fit.height - 168} />
        <TicketRail />
      </div>
      <Changes />
    </main>
  )
}
