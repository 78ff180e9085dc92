/** Collects the run parameters of a period, the first step of an inspection. */
import { Button, NativeSelect } from '@mantine/core'
import { useState, type FormEvent } from 'react'
import { useTranslation } from 'react-i18next'
import { useCollect, type CollectAsked } from '../../api/inspection'
import { useSecond } from '../../live/hooks'
import { inScale, scaleOf } from '../../metrics/value'
import { Card } from '../../parts/Card'
import { Glyph } from '../../parts/Glyph'
import { PlaceFields, usePlace } from '../../parts/PlaceFields'
import { SpanFields } from '../../parts/SpanFields'
import { Trouble } from '../../parts/Trouble'
import { LANGUAGES } from '../../words/language'
import { dayOf, span } from '../../words/time'
import { DrillsCard } from './DrillsCard'
import css from './InspectionsPage.module.css'

/** The first day of the quarter that a day lies in. */
export function quarterOf(day: string): string {
  const month = Math.floor((Number(day.slice(5, 7)) - 1) / 3) * 3 + 1
  return `${day.slice(0, 4)}-${String(month).padStart(2, '0')}-01`
}

export default function InspectionsPage() {
  const { t } = useTranslation()
  const [place, setPlace] = usePlace()
  const [to, setTo] = useState(() => dayOf(Date.now()))
  const [from, setFrom] = useState(() => quarterOf(dayOf(Date.now())))
  const [language, setLanguage] = useState<CollectAsked['language']>('both')
  const { mutate, isPending, data, error, submittedAt } = useCollect()
  const backwards = to < from
  const send = (event: FormEvent): void => {
    event.preventDefault()
    mutate({ site: place.site, room: place.room || null, from, to, language })
  }
  return (
    <main className={css.page}>
      <h1>{t('inspection.title')}</h1>
      <p>{t('inspection.lead')}</p>
      <Card>
        <form className={css.form} onSubmit={send}>
          <PlaceFields place={place} onPlace={setPlace} noRoom={t('inspection.wholeSite')} />
          <SpanFields
            type="date"
            labels={[t('inspection.from'), t('inspection.to')]}
            from={from}
            to={to}
            onFrom={setFrom}
            onTo={setTo}
            error={backwards ? t('inspection.order') : undefined}
          />
          <NativeSelect
            label={t('inspection.language')}
            value={language}
            onChange={(event) => setLanguage(event.currentTarget.value as CollectAsked['language'])}
          >
            <option value="both">{t('inspection.both')}</option>
            {LANGUAGES.map(({ code, name }) => (
              <option key={code} value={code}>
                {name}
              </option>
            ))}
          </NativeSelect>
          <Button
            type="submit"
            variant="filled"
            disabled={isPending || place.site === '' || backwards || !from || !to}
          >
            {t('inspection.go')}
          </Button>
        </form>
      </Card>
      <Trouble failed={error} />
      {isPending && <Going since={submittedAt} />}
      {data && !isPending && (
        <p className={css.done} role="status">
          <Glyph name="recovered" size={16} label="" />
          {t('inspection.done', {
            name: data.name,
            size: inScale(data.bytes, scaleOf('', 'By', data.bytes, t)),
          })}
        </p>
      )}
      <DrillsCard />
    </main>
  )
}

function Going({ since }: { since: number }) {
  const { t } = useTranslation()
  useSecond()
  return (
    <p role="status">
      {t('inspection.going', { span: span(Date.now() - since, t) })}
      <br />
      {t('inspection.goingNote')}
    </p>
  )
}
