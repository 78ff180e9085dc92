/** Notices: what the people in a room should know. */
import type { Notice } from '../api/types'

/** The notices that are open in a room, the latest onset first. */
export function openIn(notices: readonly Notice[], room: string): Notice[] {
  return notices
    .filter((notice) => notice.room === room && notice.state === 'open')
    .sort((a, b) => Date.parse(b.onset_at) - Date.parse(a.onset_at))
}
