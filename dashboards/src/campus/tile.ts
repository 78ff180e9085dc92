/** What one tile of the wall shows for a room: a single state, and the tape of its lesson. */
import type { Room } from '../api/types'

export type Face = 'maintenance' | 'l1' | 'l2' | 'unknown' | 'l3' | 'off' | 'recording' | 'lesson' | 'idle'

export interface Tape {
  kind: 'recording' | 'lesson' | 'slot'
  /** Elapsed share of the lesson, 0..1; 1 for a recording outside any lesson. */
  share: number
}

type Seen = Pick<
  Room,
  'level' | 'state' | 'counts' | 'pending' | 'recorder_state' | 'lesson' | 'recording' | 'maintenance'
>

/** Every device that the room has is expected to be off. */
function isOff(room: Seen): boolean {
  const { ok, degraded, failed, unknown, off } = room.counts
  return off > 0 && ok + degraded + failed + unknown === 0
}

/** The room's recorder cannot be seen; a room without a recorder is judged by all that it has. */
function isUnseen(room: Seen): boolean {
  return room.recorder_state === null ? room.state === 'unknown' : room.recorder_state === 'unknown'
}

/** The one state of a tile: in maintenance only that; else the worst of 1, 2, unknown, 3; else off; else recording, lesson, idle. */
export function faceOf(room: Seen): Face {
  if (room.maintenance !== null) return 'maintenance'
  if (room.level === 1) return 'l1'
  if (room.level === 2) return 'l2'
  if (isUnseen(room)) return 'unknown'
  if (room.level === 3) return 'l3'
  if (isOff(room)) return 'off'
  if (room.recording.active === true) return 'recording'
  return room.lesson.now === null ? 'idle' : 'lesson'
}

/** Whether a tile that says nothing else says that a fault is being timed: it has begun, and is not detected yet. */
export function isTimed(room: Seen): boolean {
  const face = faceOf(room)
  return room.pending && (face === 'recording' || face === 'lesson' || face === 'idle')
}

/** The tape at the tile's foot, or null where the bar is absent. Kept under a level, left out where nothing is seen. */
export function tapeOf(room: Seen, now: number): Tape | null {
  const face = faceOf(room)
  if (face === 'maintenance' || face === 'unknown' || face === 'off') return null
  const lesson = room.lesson.now
  const share = lesson === null ? 1 : elapsedShare(Date.parse(lesson.start), Date.parse(lesson.end), now)
  if (room.recording.active === true) return { kind: 'recording', share }
  if (lesson === null) return null
  return lesson.recorded && room.recording.active === false
    ? { kind: 'slot', share: 0 }
    : { kind: 'lesson', share }
}

function elapsedShare(start: number, end: number, now: number): number {
  return Math.min(1, Math.max(0, (now - start) / Math.max(1, end - start)))
}

/** Whether a face is one that somebody has to look at. */
export function isTroubled(face: Face): face is 'l1' | 'l2' | 'l3' {
  return face === 'l1' || face === 'l2' || face === 'l3'
}
