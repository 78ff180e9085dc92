/** What is likely to fail next, which units fail too often, and what wears until when. */
import { IconSchool } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { useForesight, useTraining } from '../../api/queries'
import type { Foresight, Training } from '../../api/types'
import { useTenSeconds } from '../../live/hooks'
import { store } from '../../live/store'
import { Card } from '../../parts/Card'
import { RoleIcon } from '../../parts/RoleIcon'
import { RoomLink } from '../../parts/RoomLink'
import { Trouble } from '../../parts/Trouble'
import { failingWords, percent, undatedWords, wearingWords } from '../../service/foresight'
import { incidentTitle } from '../../words/place'
import css from './ForesightPage.module.css'

type Part = Foresight['likely'][number]
type Failing = Foresight['failing'][number]
type Wearing = Foresight['wearing'][number]

export default function ForesightPage() {
  const { t } = useTranslation()
  const now = useTenSeconds()
  const { data, error } = useForesight()
  const why = ({ failing, wearing }: Part): string =>
    failing !== null ? failingWords(failing, t) : wearing !== null ? wearingWords(wearing, now, t) : ''
  return (
    <main className={css.page}>
      <h1>{t('foresight.title')}</h1>
      {(data !== undefined || error === null) && (
        <p>{data === undefined ? t('foresight.making') : t('foresight.lead', { week: data.week })}</p>
      )}
      <Trouble failed={error} />
      {data !== undefined && (
        <>
          <List title={t('foresight.likely')} none={t('foresight.noneLikely')}>
            {data.likely.map((one) => (
              <Row key={`${one.device}${one.wearing?.metric ?? ''}${one.wearing?.instance ?? ''}`} part={one}>
                <span>{why(one)}</span>
                <b>{t('foresight.chance', { share: percent(one.chance) })}</b>
              </Row>
            ))}
          </List>
          <List title={t('foresight.failing')} none={t('foresight.noneFailing')}>
            {data.failing.map((one: Failing) => (
              <Row key={one.device} part={one}>
                <span>{failingWords(one, t)}</span>
              </Row>
            ))}
          </List>
          <List title={t('foresight.wearing')} none={t('foresight.noneWearing')}>
            {data.wearing.map((one: Wearing) => (
              <Row key={`${one.device}${one.metric}${one.instance}`} part={one}>
                <span>{wearingWords(one, now, t)}</span>
              </Row>
            ))}
          </List>
          {data.undated.length > 0 && <p>{undatedWords(data.undated, t)}</p>}
        </>
      )}
      <TrainingList />
    </main>
  )
}

/** Rooms that were told the same thing again and again. */
function TrainingList() {
  const { t, i18n } = useTranslation()
  const { data } = useTraining()
  if (data === undefined) return null
  return (
    <List title={t('foresight.training')} none={t('foresight.noneTraining')}>
      {data.map((one: Training) => (
        <li key={`${one.room} ${one.rule}`}>
          <IconSchool size={20} stroke={1.6} />
          <span className={css.name}>
            <b>{incidentTitle(one, i18n.language)}</b>
            <small>
              <RoomLink id={one.room}>
                {[store.one('site', one.site)?.name ?? one.site, one.room_name].join(t('wall.dot'))}
              </RoomLink>
            </small>
          </span>
          <span className={css.why}>{t('notices.often', { count: one.count, days: one.days })}</span>
        </li>
      ))}
    </List>
  )
}

function List({ title, none, children }: { title: string; none: string; children: readonly ReactNode[] }) {
  return (
    <Card title={title} note={children.length > 0 ? children.length : undefined} flush>
      {children.length === 0 ? <p className={css.none}>{none}</p> : <ul className={css.list}>{children}</ul>}
    </Card>
  )
}

interface RowProps {
  part: Pick<Part, 'device' | 'name' | 'role' | 'model' | 'room' | 'room_name' | 'site_name'>
  children: ReactNode
}

function Row({ part, children }: RowProps) {
  const { t } = useTranslation()
  const where = [part.site_name, part.room_name].filter(Boolean).join(t('wall.dot'))
  return (
    <li>
      <RoleIcon role={part.role} size={20} />
      <span className={css.name}>
        <b>{part.name}</b>
        <small>
          {part.room === null ? (
            where
          ) : (
            <RoomLink id={part.room} device={part.device}>
              {where}
            </RoomLink>
          )}
          {part.model && ` ${part.model}`}
        </small>
      </span>
      <span className={css.why}>{children}</span>
    </li>
  )
}
