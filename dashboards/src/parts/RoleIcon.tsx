/** The icon of a device's role. */
import {
  IconAccessPoint,
  IconAdjustmentsHorizontal,
  IconBattery2,
  IconBox,
  IconCpu,
  IconDatabase,
  IconDeviceAudioTape,
  IconDeviceDesktop,
  IconDeviceProjector,
  IconDeviceTv,
  IconMicrophone,
  IconPlug,
  IconRouter,
  IconTemperature,
  IconTopologyStar3,
  IconVideo,
  type Icon,
} from '@tabler/icons-react'
import { tokens } from '../theme/tokens'

/** Every icon that `tokens.json` names for a role; a test holds the two together. */
export const ROLE_ICONS: Record<string, Icon> = {
  'recorder-pc': IconDeviceDesktop,
  recorder: IconDeviceAudioTape,
  camera: IconVideo,
  projector: IconDeviceProjector,
  display: IconDeviceTv,
  microphone: IconMicrophone,
  mixer: IconAdjustmentsHorizontal,
  'capture-card': IconCpu,
  storage: IconDatabase,
  switch: IconTopologyStar3,
  'access-point': IconAccessPoint,
  ups: IconBattery2,
  pdu: IconPlug,
  sensor: IconTemperature,
  gateway: IconRouter,
  other: IconBox,
}

interface Props {
  role: string
  size?: number
  /** Heavier where it is read from across a room. */
  stroke?: number
  className?: string
}

export function RoleIcon({ role, size = 20, stroke = tokens.roleIcon.stroke, className }: Props) {
  const Shown = ROLE_ICONS[role] ?? IconBox
  return <Shown size={size} stroke={stroke} className={className} aria-hidden="true" />
}
