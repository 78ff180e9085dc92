/** The way to a page, from the general to the particular. */
import { IconChevronRight } from '@tabler/icons-react'
import { Children, Fragment, type ReactNode } from 'react'
import css from './Crumbs.module.css'

/** The last child stands apart, after the way. */
export function Crumbs({ children }: { children: ReactNode }) {
  const parts = Children.toArray(children)
  const way = parts.slice(0, -1)
  return (
    <nav className={css.crumbs}>
      {way.map((part, index) => (
        <Fragment key={index}>
          {index > 0 && <IconChevronRight size={14} stroke={1.6} aria-hidden="true" />}
          {part}
        </Fragment>
      ))}
      <span className={css.apart}>{parts.at(-1)}</span>
    </nav>
  )
}
