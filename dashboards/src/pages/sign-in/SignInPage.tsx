/** Name and password; then back to where one wanted to go. */
import { Button, MantineProvider, PasswordInput, TextInput } from '@mantine/core'
import '../../app/mantine.css'
import { getRouteApi, useRouter } from '@tanstack/react-router'
import { useState, type FormEvent } from 'react'
import { useTranslation } from 'react-i18next'
import { useSignIn } from '../../api/actions'
import { Mark } from '../../parts/Mark'
import { Trouble } from '../../parts/Trouble'
import { theme } from '../../theme/mantine'
import { useScheme } from '../../theme/scheme'
import { chooseLanguage } from '../../words/i18n'
import { LANGUAGES } from '../../words/language'
import css from './SignInPage.module.css'

const route = getRouteApi('/sign-in')

export default function SignInPage() {
  return (
    <MantineProvider
      theme={theme}
      withCssVariables={false}
      withGlobalClasses={false}
      forceColorScheme={useScheme()}
    >
      <SignIn />
    </MantineProvider>
  )
}

function SignIn() {
  const { t, i18n } = useTranslation()
  const { next } = route.useSearch()
  const router = useRouter()
  const { mutate, isPending, error } = useSignIn()
  const [user, setUser] = useState('')
  const [password, setPassword] = useState('')
  const send = (event: FormEvent): void => {
    event.preventDefault()
    mutate({ user: user.trim(), password }, { onSuccess: () => router.history.push(next ?? '/') })
  }
  const wrong = error?.status === 401
  return (
    <main className={css.page}>
      <form className={css.form} onSubmit={send}>
        <p className={css.mark}>
          <Mark width={34} />
          {t('product')}
        </p>
        <h1>{t('sign.title')}</h1>
        <TextInput
          label={t('sign.user')}
          name="username"
          autoComplete="username"
          autoCapitalize="none"
          autoFocus
          required
          withAsterisk={false}
          value={user}
          onChange={(event) => setUser(event.currentTarget.value)}
        />
        <PasswordInput
          label={t('sign.password')}
          name="password"
          autoComplete="current-password"
          required
          withAsterisk={false}
          value={password}
          error={wrong ? t('sign.wrong') : undefined}
          onChange={(event) => setPassword(event.currentTarget.value)}
        />
        <Trouble failed={wrong ? null : error} />
        <Button type="submit" variant="filled" disabled={isPending || user === '' || password === ''}>
          {t('sign.go')}
        </Button>
        <p className={css.hint}>{t('sign.hint')}</p>
        <p className={css.languages}>
          {LANGUAGES.map(({ code, name }) => (
            <button
              key={code}
              type="button"
              lang={code}
              aria-pressed={i18n.language === code}
              onClick={() => chooseLanguage(code)}
            >
              {name}
            </button>
          ))}
        </p>
      </form>
    </main>
  )
}
