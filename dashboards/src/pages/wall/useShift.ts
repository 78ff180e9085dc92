/** Moves the wall by one pixel every ten minutes, so that no picture burns in. */
import { useEffect, useState } from 'react'
import { tokens } from '../../theme/tokens'

const PLACES = ['0 0', '1px 0', '1px 1px', '0 1px'] as const

export function useShift(): string {
  const [step, setStep] = useState(0)
  useEffect(() => {
    const timer = setInterval(
      () => setStep((old) => (old + 1) % PLACES.length),
      tokens.wall.pixelShift * 1000,
    )
    return () => clearInterval(timer)
  }, [])
  return PLACES[step] ?? PLACES[0]
}
