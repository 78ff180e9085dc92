/** The desk: the side rail, the pages beside it, and what is said over all of them when the data stops. */
import { MantineProvider } from '@mantine/core'
import './mantine.css'
import {
  IconBroadcast,
  IconChalkboard,
  IconClipboardCheck,
  IconLayoutGrid,
  IconSettings,
  IconTelescope,
  IconTicket,
  type Icon,
} from '@tabler/icons-react'
import { Link, Outlet, type LinkProps } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { Mark } from '../parts/Mark'
import { theme } from '../theme/mantine'
import { useScheme } from '../theme/scheme'
import css from './Desk.module.css'
import { Stopped } from './Stopped'
import { Unsent } from './Unsent'

const PAGES: readonly {
  to: LinkProps['to']
  icon: Icon
  key: 'wall' | 'rooms' | 'tickets' | 'inspections' | 'foresight' | 'agents'
}[] = [
  { to: '/wall', icon: IconLayoutGrid, key: 'wall' },
  { to: '/rooms', icon: IconChalkboard, key: 'rooms' },
  { to: '/tickets', icon: IconTicket, key: 'tickets' },
  { to: '/inspections', icon: IconClipboardCheck, key: 'inspections' },
  { to: '/foresight', icon: IconTelescope, key: 'foresight' },
  { to: '/agents', icon: IconBroadcast, key: 'agents' },
]

export default function Desk() {
  const { t } = useTranslation()
  return (
    <MantineProvider
      theme={theme}
      withCssVariables={false}
      withGlobalClasses={false}
      forceColorScheme={useScheme()}
    >
      <a className={css.skip} href="#content">
        {t('nav.skip')}
      </a>
      <div className={css.desk}>
        <nav className={css.rail} aria-label={t('nav.main')}>
          <Link to="/" className={css.mark} aria-label={t('product')}>
            <Mark width={28} />
          </Link>
          {PAGES.map(({ to, icon: Shown, key }) => (
            <Link
              key={key}
              to={to}
              className={`${css.page} ${css[key] ?? ''}`}
              title={t(`nav.${key}`)}
              aria-label={t(`nav.${key}`)}
            >
              <Shown size={20} stroke={1.5} aria-hidden="true" />
            </Link>
          ))}
          <Link
            to="/settings"
            className={`${css.page} ${css.last}`}
            title={t('nav.settings')}
            aria-label={t('nav.settings')}
          >
            <IconSettings size={20} stroke={1.5} aria-hidden="true" />
          </Link>
        </nav>
        <div className={css.content} id="content" tabIndex={-1}>
          <Stopped />
          <Unsent />
          <Outlet />
        </div>
      </div>
    </MantineProvider>
  )
}
