/** A dialog over the page. It is made when it opens; when it goes, the focus is where it was before. */
import { Modal } from '@mantine/core'
import { useEffect, useState, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'

interface Props {
  title: string
  size?: 'lg' | 'xl'
  onDone: () => void
  children: ReactNode
}

export function Dialog({ title, size, onDone, children }: Props) {
  const { t } = useTranslation()
  useReturnedFocus()
  return (
    <Modal
      opened
      onClose={onDone}
      title={title}
      size={size}
      lockScroll={false}
      centered
      returnFocus={false}
      transitionProps={{ duration: 0 }}
      closeButtonProps={{ 'aria-label': t('ticket.cancel') }}
    >
      {children}
    </Modal>
  )
}

/** Gives the focus back to what had it before, where that is still there and nothing else has taken it. */
function useReturnedFocus(): void {
  const [before] = useState(() => document.activeElement)
  useEffect(
    () => () => {
      requestAnimationFrame(() => {
        const isFree = document.activeElement === document.body || document.activeElement === null
        if (isFree && before instanceof HTMLElement && before.isConnected) before.focus()
      })
    },
    [before],
  )
}
