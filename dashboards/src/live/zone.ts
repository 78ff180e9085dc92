/** The time zone that a page of the whole campus shows. */
import { useMemo } from 'react'
import { useSites } from './hooks'
import { commonZone } from '../campus/zone'

/** The zone of most sites of the campus file; the browser's own where there is no campus. */
export function useCampusZone(): string | undefined {
  const sites = useSites()
  return useMemo(() => commonZone(sites), [sites])
}
