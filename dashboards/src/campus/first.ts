/** Whether Roomtone is as it is right after its first start. */
import type { Device, Site } from '../api/types'

/** Roomtone's own sight stands among the devices once it has been ill; it is not one to watch. */
const ITSELF = 'roomtone:collector'

/** Only one agent is known, and no campus file says what there is to watch. */
export function isFirstRun(
  sites: readonly Pick<Site, 'in_campus'>[],
  devices: readonly Pick<Device, 'agent' | 'in_campus'>[],
): boolean {
  if (sites.some((site) => site.in_campus) || devices.some((device) => device.in_campus)) return false
  const agents = new Set(devices.map((device) => device.agent))
  agents.delete(ITSELF)
  return agents.size <= 1
}
