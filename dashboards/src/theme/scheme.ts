/** Light or dark: what this browser chose, or the system; the wall is always dark. */
import { useSyncExternalStore } from 'react'
import type { Scheme } from './tokens'

export type Choice = Scheme | 'auto'

const STORED = 'roomtone-scheme'
const system = (): MediaQueryList => matchMedia('(prefers-color-scheme: dark)')
const listeners = new Set<() => void>()
let choice: Choice = read()

function read(): Choice {
  try {
    const stored = localStorage.getItem(STORED)
    return stored === 'dark' || stored === 'auto' ? stored : 'light'
  } catch {
    return 'light'
  }
}

function watch(listener: () => void): () => void {
  listeners.add(listener)
  const media = system()
  media.addEventListener('change', listener)
  return () => {
    listeners.delete(listener)
    media.removeEventListener('change', listener)
  }
}

const shown = (): Scheme => (choice === 'auto' ? (system().matches ? 'dark' : 'light') : choice)

/** The scheme of a page; `wall` is dark whatever was chosen. */
export function useScheme(wall = false): Scheme {
  const chosen = useSyncExternalStore(watch, shown)
  return wall ? 'dark' : chosen
}

export function useSchemeChoice(): Choice {
  return useSyncExternalStore(watch, () => choice)
}

export function chooseScheme(next: Choice): void {
  choice = next
  try {
    localStorage.setItem(STORED, next)
  } catch {
    // A browser without storage forgets the choice; the page still shows it.
  }
  for (const listener of [...listeners]) listener()
}
