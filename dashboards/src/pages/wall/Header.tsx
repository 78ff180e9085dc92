/** The wall's head: its condition in words first, the numbers after, how fresh they are, and the time. */
import { useTranslation } from 'react-i18next'
import type { Counts } from '../../campus/condition'
import { useIllness } from '../../api/queries'
import { useAge, useBlindFor, useDevices, useFreshness, useLink, useRooms, useSecond } from '../../live/hooks'
import { store } from '../../live/store'
import { useCampusZone } from '../../live/zone'
import { Glyph, type GlyphName } from '../../parts/Glyph'
import { Mark } from '../../parts/Mark'
import { ToneLine } from '../../parts/ToneLine'
import { age as ageWords, secondOf, span } from '../../words/time'
import css from './Header.module.css'
import { headlineOf } from './headline'
import { useCondition } from './useCondition'

export function Header() {
  const { t } = useTranslation()
  const blind = useFreshness() === 'blind'
  return (
    <header className={`${css.header} ${blind ? css.blind : ''}`}>
      <span className={css.mark}>
        <Mark width={34} />
        {t('product')}
      </span>
      {blind ? <Stopped /> : <Condition />}
      <Health />
      <Time />
    </header>
  )
}

function Condition() {
  const { t, i18n } = useTranslation()
  const { causes, counts } = useCondition()
  const devices = useDevices()
  const empty = useRooms().length === 0
  const ill = useIllness()
  const headline = headlineOf(
    {
      causes,
      counts,
      devices: devices.length,
      room: (id) => store.one('room', id),
      device: (id) => store.one('device', id),
      site: (id) => store.one('site', id),
    },
    t,
    i18n.language,
  )
  return (
    <>
      <div className={css.headline}>
        {headline.glyph && <Glyph name={headline.glyph} size={40} />}
        <h1>{empty ? t('wall.noRooms') : headline.sentence}</h1>
        <p className={ill === null ? undefined : css.bright}>
          {ill !== null ? t('live.notReady', { list: ill }) : empty ? t('wall.noRoomsNote') : headline.note}
        </p>
      </div>
      <Numbers counts={counts} />
    </>
  )
}

const SHOWN: readonly { glyph: GlyphName; key: 'l1' | 'l2' | 'l3' | 'unknown' | 'off' }[] = [
  { glyph: '1', key: 'l1' },
  { glyph: '2', key: 'l2' },
  { glyph: '3', key: 'l3' },
  { glyph: 'unknown', key: 'unknown' },
  { glyph: 'off', key: 'off' },
]

function Numbers({ counts }: { counts: Counts }) {
  const { t } = useTranslation()
  const name = (key: (typeof SHOWN)[number]['key']): string =>
    key === 'unknown' || key === 'off' ? t(`count.${key}`) : t(`level.${key.slice(1) as '1'}`)
  return (
    <dl className={css.numbers} aria-label={t('count.label')}>
      {SHOWN.map(({ glyph, key }) => (
        <div key={key} data-zero={counts[key] === 0 || undefined}>
          <dd>
            <Glyph name={glyph} size={20} label="" />
            {counts[key]}
          </dd>
          <dt>{name(key)}</dt>
        </div>
      ))}
    </dl>
  )
}

function Stopped() {
  const { t } = useTranslation()
  const now = useSecond()
  const age = useBlindFor()
  const zone = useCampusZone()
  return (
    <div className={css.headline} role="alert">
      <Glyph name="unknown" size={40} />
      <h1>{t('wall.stopped', { time: secondOf(now - age, zone) })}</h1>
      <p className={css.bright}>{t('wall.stoppedNote', { span: span(age, t) })}</p>
    </div>
  )
}

function Health() {
  const { t } = useTranslation()
  const { connected, tries, delays } = useLink()
  const freshness = useFreshness()
  const age = useAge()
  const known = age === null ? t('wall.noData') : t('wall.dataAge', { age: ageWords(age, t) })
  const retrying = !connected && tries > 0
  return (
    <div className={css.health}>
      <ToneLine delays={delays} width={118} height={18} stopped={freshness !== 'live'} />
      <span className={retrying ? css.bright : undefined}>
        {retrying
          ? t('wall.retry', { count: tries })
          : freshness === 'blind'
            ? t('wall.waitingForData')
            : known}
      </span>
    </div>
  )
}

function Time() {
  const [hours, minutes, seconds] = secondOf(useSecond(), useCampusZone()).split(':')
  return (
    <div className={css.time}>
      {hours}:{minutes}
      <small>{seconds}</small>
    </div>
  )
}
