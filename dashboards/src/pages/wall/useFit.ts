/** Fits the wall, drawn for a width of 1920, to the screen that it hangs on. */
import { useEffect, useState } from 'react'

const WIDTH = 1920
const LEAST_HEIGHT = 1080
/** Smaller than this nothing can be read; the page scrolls instead. */
const LEAST_ZOOM = 0.4

function measure(): { zoom: number; height: number } {
  const zoom = Math.max(LEAST_ZOOM, Math.min(innerWidth / WIDTH, innerHeight / LEAST_HEIGHT))
  return { zoom, height: Math.max(LEAST_HEIGHT, Math.floor(innerHeight / zoom)) }
}

export function useFit(): { zoom: number; height: number } {
  const [fit, setFit] = useState(measure)
  useEffect(() => {
    const change = (): void => setFit(measure())
    addEventListener('resize', change)
    return () => removeEventListener('resize', change)
  }, [])
  return fit
}
