/** A button for one action of a ticket, with its key. */
import { Button } from '@mantine/core'
import { IconMapPin } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import type { Action } from '../api/types'
import { KEYS } from '../service/actions'
import { KeyCap } from './KeyCap'

interface Props {
  action: Action
  /** The next sensible one; a page has one. */
  next?: boolean
  wide?: boolean
  disabled?: boolean
  onPress: () => void
}

export function ActionButton({ action, next = false, wide = false, disabled = false, onPress }: Props) {
  const { t } = useTranslation()
  const key = KEYS[action]
  return (
    <Button
      variant={next ? 'filled' : 'default'}
      fullWidth={wide}
      disabled={disabled}
      onClick={onPress}
      leftSection={action === 'arrive' ? <IconMapPin size={16} stroke={1.6} aria-hidden="true" /> : undefined}
      rightSection={key ? <KeyCap dark={next}>{key}</KeyCap> : undefined}
    >
      {t(`ticket.action.${action}`)}
    </Button>
  )
}
