/** Language, appearance, account, and how the server is. */
import { Button, SegmentedControl } from '@mantine/core'
import { useNavigate } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { useSignOut } from '../../api/actions'
import { useMe, useStatus } from '../../api/queries'
import { number } from '../../metrics/value'
import { Card } from '../../parts/Card'
import { Facts } from '../../parts/Facts'
import { Trouble } from '../../parts/Trouble'
import { chooseScheme, useSchemeChoice, type Choice } from '../../theme/scheme'
import { chooseLanguage } from '../../words/i18n'
import { LANGUAGES, type Language } from '../../words/language'
import { languageOf } from '../../words/place'
import css from './SettingsPage.module.css'

const SCHEMES: readonly Choice[] = ['light', 'dark', 'auto']

export default function SettingsPage() {
  const { t, i18n } = useTranslation()
  const scheme = useSchemeChoice()
  return (
    <main className={css.page}>
      <h1>{t('settings.title')}</h1>
      <Card title={t('settings.language')}>
        <SegmentedControl
          aria-label={t('settings.language')}
          value={languageOf(i18n.language)}
          onChange={(value) => chooseLanguage(value as Language)}
          data={LANGUAGES.map(({ code, name }) => ({ value: code, label: name }))}
          transitionDuration={0}
        />
      </Card>
      <Card title={t('settings.scheme')} note={t('settings.wallNote')}>
        <SegmentedControl
          aria-label={t('settings.scheme')}
          value={scheme}
          onChange={(value) => chooseScheme(value as Choice)}
          data={SCHEMES.map((value) => ({ value, label: t(`settings.${value}`) }))}
          transitionDuration={0}
        />
      </Card>
      <Account />
      <Server />
    </main>
  )
}

function Account() {
  const { t } = useTranslation()
  const navigate = useNavigate()
  const { data: me } = useMe()
  const { mutate, error } = useSignOut()
  if (me === undefined) return null
  const role = t(`settings.role.${me.role}`)
  return (
    <Card title={t('settings.account')}>
      <Facts facts={[[me.name, role]]} />
      <Trouble failed={error} />
      {me.via === 'session' && (
        <Button
          variant="default"
          onClick={() => mutate(undefined, { onSuccess: () => void navigate({ to: '/sign-in' }) })}
        >
          {t('sign.out')}
        </Button>
      )}
    </Card>
  )
}

function Server() {
  const { t } = useTranslation()
  const { data, error, refetch } = useStatus()
  if (data === undefined) return <Trouble failed={error} onRetry={() => void refetch()} />
  const vital = (part: { ok: boolean; says: string }): string => (part.ok ? t('settings.works') : part.says)
  return (
    <Card title={t('settings.server')}>
      <Facts
        facts={[
          [t('settings.version'), data.version],
          [t('settings.broker'), vital(data.broker)],
          [t('settings.series'), vital(data.series)],
          [t('settings.records'), vital(data.records)],
          [t('settings.devices'), number(data.devices, 0)],
          [t('settings.readings'), grouped(data.readings)],
          [t('settings.refused'), grouped(data.refused)],
        ]}
      />
    </Card>
  )
}

/** Thousands apart by a thin gap. */
function grouped(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, '\u2009')
}
