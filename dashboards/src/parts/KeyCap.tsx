/** The cap of a key, beside what it does. */
import css from './KeyCap.module.css'

export function KeyCap({ children, dark = false }: { children: string; dark?: boolean }) {
  return <kbd className={`${css.cap} ${dark ? css.dark : ''}`}>{children}</kbd>
}
