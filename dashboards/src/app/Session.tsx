/** Keeps the event stream open while somebody is signed in, and leads to the sign-in page when nobody is. */
import { useQueryClient } from '@tanstack/react-query'
import { useEffect, type ReactNode } from 'react'
import { whenSignedOut } from '../api/http'
import { store } from '../live/store'
import { openStream } from '../live/stream'
import { router } from './router'

const SIGN_IN = '/sign-in'

export function Session({ children }: { children: ReactNode }) {
  const queries = useQueryClient()
  useEffect(() => {
    let close: (() => void) | undefined
    const signedOut = (): void => {
      close?.()
      close = undefined
      store.clear()
      queries.clear()
      if (location.pathname === SIGN_IN) return
      void router.navigate({ to: SIGN_IN, search: { next: location.pathname + location.search } })
    }
    const open = (): void => {
      if (close === undefined && location.pathname !== SIGN_IN) close = openStream(signedOut)
    }
    whenSignedOut(signedOut)
    open()
    const stop = router.subscribe('onResolved', open)
    return () => {
      stop()
      close?.()
    }
  }, [queries])
  return children
}
