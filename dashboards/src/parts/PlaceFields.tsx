/** A site, and a room of it or none: the two fields wherever a person says where. */
import { NativeSelect } from '@mantine/core'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useRooms, useSites } from '../live/hooks'

/** `room` is the room's id, '' for none. */
export interface Place {
  site: string
  room: string
}

/**
 * Where something is to be, and how to change it. Until a person has chosen, it is the first site, also where the
 * sites come later; with `asks` only where there is no other.
 */
export function usePlace({ known = '', asks = false } = {}): [Place, (place: Place) => void] {
  const sites = useSites()
  const [chosen, choose] = useState<Place>({ site: known.split('/')[0] ?? '', room: known })
  const first = asks && sites.length !== 1 ? '' : (sites[0]?.id ?? '')
  const isThere = sites.length === 0 || sites.some((one) => one.id === chosen.site)
  return [chosen.site !== '' && isThere ? chosen : { site: first, room: '' }, choose]
}

interface Props {
  place: Place
  onPlace: (place: Place) => void
  /** What no room means. */
  noRoom: string
  /** Whether no site is a choice. */
  asks?: boolean
  isFocused?: boolean
}

export function PlaceFields({ place, onPlace, noRoom, asks = false, isFocused = false }: Props) {
  const { t } = useTranslation()
  const sites = useSites()
  const rooms = useRooms()
  return (
    <>
      <NativeSelect
        label={t('call.site')}
        value={place.site}
        data-autofocus={isFocused || undefined}
        onChange={(event) => onPlace({ site: event.currentTarget.value, room: '' })}
      >
        {asks && <option value="" />}
        {sites.map((one) => (
          <option key={one.id} value={one.id}>
            {one.name}
          </option>
        ))}
      </NativeSelect>
      <NativeSelect
        label={t('call.room')}
        value={place.room}
        onChange={(event) => onPlace({ site: place.site, room: event.currentTarget.value })}
      >
        <option value="">{noRoom}</option>
        {rooms
          .filter((one) => one.site === place.site)
          .map((one) => (
            <option key={one.id} value={one.id}>
              {one.name}
            </option>
          ))}
      </NativeSelect>
    </>
  )
}
