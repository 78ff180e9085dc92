/** The last five changes, newest left, with their age in words. */
import { useTranslation } from 'react-i18next'
import type { Change } from '../../campus/change'
import { useIncidentHistory } from '../../api/queries'
import { useChanges, useSecond } from '../../live/hooks'
import { store } from '../../live/store'
import { useCampusZone } from '../../live/zone'
import { Glyph, type GlyphName } from '../../parts/Glyph'
import { tokens } from '../../theme/tokens'
import { inSentence } from '../../words/place'
import { age, fullOf, span } from '../../words/time'
import css from './Changes.module.css'
import { deviceWord, shortSite } from './headline'

const BRIGHT = 2
const BRIGHT_MS = 60_000

export function Changes() {
  const { t } = useTranslation()
  const now = useSecond()
  useIncidentHistory()
  const zone = useCampusZone()
  const shown = useChanges().slice(0, tokens.wall.stripEvents)
  return (
    <footer className={css.strip}>
      <ul aria-live="polite" aria-label={t('wall.strip')}>
        {shown.map((change, index) => (
          <li key={change.key} data-bright={(index < BRIGHT && now - change.at < BRIGHT_MS) || undefined}>
            <Glyph name={glyphOf(change)} size={16} label="" />
            <Line change={change} />
            <time dateTime={new Date(change.at).toISOString()} title={fullOf(change.at, zone)}>
              {t('unit.ago', { span: age(Math.max(1000, now - change.at), t) })}
            </time>
          </li>
        ))}
      </ul>
    </footer>
  )
}

function glyphOf(change: Change): GlyphName {
  if (change.kind === 'unseen') return 'unknown'
  if (change.kind === 'restored' || change.kind === 'seen' || change.kind === 'ticketRestored')
    return 'recovered'
  if (change.kind === 'resolved' || change.kind === 'closed') return 'recovered'
  return String(change.level ?? 4) as GlyphName
}

function Line({ change }: { change: Change }) {
  const { t, i18n } = useTranslation()
  const room = change.room === null ? undefined : store.one('room', change.room)
  const site = store.one('site', change.site)
  const device = change.device === undefined ? undefined : store.one('device', change.device)
  const place =
    room?.name ?? [shortSite(site?.name ?? change.site), deviceWord(device, t)].filter(Boolean).join(' ')
  const what = inSentence((change.words[i18n.language] ?? change.words['en'])?.title ?? '', i18n.language)
  const text = t(`change.${change.kind}`, {
    place,
    what,
    who: change.who ?? '',
    count: change.count ?? 1,
    span: span(change.spanMs ?? 0, t),
    level: t(`level.lower${(change.level ?? 4) as 1 | 2 | 3 | 4}`),
  })
  return <span>{text}</span>
}
