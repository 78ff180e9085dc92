/**
 * The first page: while only this machine is known and there is no campus, what already works and what comes next;
 * after that, the wall; on a phone, where no wall fits, the tickets.
 */
import { Navigate } from '@tanstack/react-router'
import { useStatus } from '../../api/queries'
import { useDevices, useLoaded, useSites } from '../../live/hooks'
import { isFirstRun } from '../../campus/first'
import { usePhone } from '../../parts/usePhone'
import { FirstRun } from './FirstRun'

export default function FirstPage() {
  const loaded = useLoaded()
  const first = isFirstRun(useSites(), useDevices())
  const phone = usePhone()
  const { data: status, isPending } = useStatus()
  if (!loaded || (first && isPending)) return null
  return first ? <FirstRun status={status} /> : <Navigate to={phone ? '/tickets' : '/wall'} replace />
}
