/** The head of the queue: its name, what is looked for, and the filters as links. */
import { Button, NativeSelect, TextInput } from '@mantine/core'
import { IconChevronDown, IconHeadset, IconSchool, IconSearch } from '@tabler/icons-react'
import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { useSites } from '../../live/hooks'
import { KeyCap } from '../../parts/KeyCap'
import { FILTERS, type Filter } from '../../service/queue'
import css from './Filters.module.css'

interface Search {
  site?: string
  find?: string
}

interface Props {
  counts: Record<Filter, number>
  filter: Filter
  search: Search
  onSearch: (part: Search) => void
  onCall: () => void
}

export function Filters({ counts, filter, search, onSearch, onCall }: Props) {
  const { t } = useTranslation()
  const sites = useSites()
  return (
    <header className={css.head}>
      <div className={css.row}>
        <h1>{t('queue.title')}</h1>
        <TextInput
          id="find"
          className={css.find}
          aria-label={t('queue.search')}
          placeholder={t('queue.search')}
          value={search.find ?? ''}
          onChange={(event) => onSearch({ find: event.currentTarget.value || undefined })}
          onKeyDown={(event) => event.key === 'Escape' && event.currentTarget.blur()}
          leftSection={<IconSearch size={16} stroke={1.6} aria-hidden="true" />}
          rightSection={<KeyCap>/</KeyCap>}
        />
        <Button
          variant="default"
          onClick={onCall}
          leftSection={<IconHeadset size={16} stroke={1.6} aria-hidden="true" />}
          rightSection={<KeyCap>N</KeyCap>}
        >
          {t('queue.takeCall')}
        </Button>
      </div>
      <div className={css.row}>
        <nav className={css.filters} aria-label={t('queue.title')}>
          {FILTERS.map((name) => (
            <Link
              key={name}
              to="/tickets"
              search={(old) => ({ ...old, filter: name === 'live' ? undefined : name })}
              replace
              aria-current={name === filter ? 'page' : undefined}
            >
              {t(`queue.filter.${name}`)}
              {name !== 'closed' && <span>{counts[name]}</span>}
            </Link>
          ))}
        </nav>
        <NativeSelect
          id="school"
          className={css.school}
          aria-label={t('queue.school')}
          value={search.site ?? ''}
          onChange={(event) => onSearch({ site: event.currentTarget.value || undefined })}
          leftSection={<IconSchool size={16} stroke={1.6} aria-hidden="true" />}
          rightSection={<IconChevronDown size={16} stroke={1.6} aria-hidden="true" />}
        >
          <option value="">{t('queue.allSchools')}</option>
          {sites.map((site) => (
            <option key={site.id} value={site.id}>
              {site.name}
            </option>
          ))}
        </NativeSelect>
      </div>
    </header>
  )
}
