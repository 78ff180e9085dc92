/** Whether a device says nothing just now, by what is known of it and by its open incidents. */
import type { Device, Incident } from '../api/types'

/** A silence that a device has broken since is over, though its incident waits to clear. */
export function isSilent(device: Device, incidents: readonly Incident[]): boolean {
  if (device.state === 'unknown') return true
  return incidents.some(
    (one) =>
      one.device === device.id &&
      one.state === 'open' &&
      one.metric === '' &&
      (device.last_seen === null || device.last_seen <= one.detected_at),
  )
}
