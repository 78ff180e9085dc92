/** Single keys of a page. They rest while somebody types, and while a dialog is open. */
import { useEffect, useLayoutEffect, useRef } from 'react'

export type Keys = Record<string, (() => void) | undefined>

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    target.closest('input, textarea, select, [contenteditable], [role="dialog"]') !== null
  )
}

export function useKeys(keys: Keys): void {
  const latest = useRef(keys)
  useLayoutEffect(() => {
    latest.current = keys
  })
  useEffect(() => {
    const press = (event: KeyboardEvent): void => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || isTyping(event.target))
        return
      if (document.querySelector('[role="dialog"]')) return
      const name = event.key.length === 1 ? event.key.toLowerCase() : event.key
      const act = latest.current[name]
      if (act === undefined) return
      if (name === 'Enter' && event.target instanceof HTMLElement && event.target.closest('a, button')) return
      event.preventDefault()
      act()
    }
    addEventListener('keydown', press)
    return () => removeEventListener('keydown', press)
  }, [])
}
