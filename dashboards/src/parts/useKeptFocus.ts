/** Keeps the focus where it is when what had it goes: a button whose action is done, a row that moves. */
import { useEffect, useLayoutEffect, useRef, type RefObject } from 'react'

const CAN = 'button, a[href], summary'

/** Where the focus was in a place, and is nowhere now, it goes to what `next` finds. */
export function useFocusKeptIn(isHere: (at: Element) => boolean, next: () => HTMLElement | null): void {
  const wasHere = useRef(false)
  const latest = useRef({ isHere, next })
  useLayoutEffect(() => {
    latest.current = { isHere, next }
  })
  useEffect(() => {
    const note = (event: Event): void => {
      wasHere.current = event.target instanceof Element && latest.current.isHere(event.target)
    }
    document.addEventListener('focusin', note)
    document.addEventListener('pointerdown', note)
    return () => {
      document.removeEventListener('focusin', note)
      document.removeEventListener('pointerdown', note)
    }
  }, [])
  useEffect(() => {
    if (!wasHere.current || document.activeElement !== document.body) return
    if (document.querySelector('[role="dialog"]') === null) latest.current.next()?.focus()
  })
}

/** Returns the ref of a group of buttons. The next sensible action has the focus then, else the first of them. */
export function useKeptFocus<T extends HTMLElement>(): RefObject<T | null> {
  const box = useRef<T>(null)
  useFocusKeptIn(
    (at) => box.current?.contains(at) ?? false,
    () => {
      const group = box.current
      // While the action is on its way its buttons rest; what comes next is known after that.
      if (group === null || group.querySelector('button:disabled') !== null) return null
      const able = [...group.querySelectorAll<HTMLElement>(CAN)]
      return able.find((one) => one.dataset['variant'] === 'filled') ?? able[0] ?? null
    },
  )
  return box
}
