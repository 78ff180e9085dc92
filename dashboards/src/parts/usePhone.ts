/** Whether the page is as narrow as a phone. */
import { useSyncExternalStore } from 'react'

const media = matchMedia('(max-width: 480px)')

function watch(listener: () => void): () => void {
  media.addEventListener('change', listener)
  return () => media.removeEventListener('change', listener)
}

export const usePhone = (): boolean => useSyncExternalStore(watch, () => media.matches)
