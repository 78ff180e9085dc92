/** The wall's first sentence and the note beside it. */
import type { TFunction } from 'i18next'
import type { Device, Room, Site } from '../../api/types'
import { isWell, othersByKind, type Cause, type Counts } from '../../campus/condition'
import { incidentTitle, inSentence, nameOf } from '../../words/place'

export interface Headline {
  /** Null when all is well. */
  glyph: '1' | '2' | 'unknown' | null
  sentence: string
  note: string
}

interface Known {
  causes: readonly Cause[]
  counts: Counts
  devices: number
  room: (id: string) => Room | undefined
  device: (id: string) => Pick<Device, 'id' | 'name' | 'role'> | undefined
  site: (id: string) => Site | undefined
}

const KINDS_NAMED = 2

/** Says the worst cause by name and counts the others beside it. */
export function headlineOf(known: Known, t: TFunction, language: string): Headline {
  const { causes, counts } = known
  if (isWell(counts, causes)) return { glyph: null, sentence: t('wall.well'), note: calmNote(known, t) }
  const worst = causes.find((cause) => cause.level <= 2)
  if (worst === undefined) return { glyph: 'unknown', sentence: hiddenWords(counts.unknown, t), note: '' }
  return {
    glyph: worst.level === 1 ? '1' : '2',
    sentence: worstWords(worst, known, t, language),
    note: alsoWords(known, t, language),
  }
}

function worstWords(cause: Cause, known: Known, t: TFunction, language: string): string {
  const site = known.site(cause.site)?.name ?? cause.site
  if (cause.siteWide) return t('wall.siteDown', { site: shortSite(site) })
  const device = cause.room === null ? deviceWord(known.device(cause.incident.device), t) : ''
  if (cause.room === null && cause.hidden > 0)
    return t('wall.hides', { place: device || shortSite(site), hidden: hiddenWords(cause.hidden, t) })
  const room = cause.room === null ? undefined : known.room(cause.room)?.name
  const place = room ?? [shortSite(site), device].filter(Boolean).join(' ')
  return t('wall.placed', { place, what: inSentence(incidentTitle(cause.incident, language), language) })
}

/** What a wall calls a device; nothing for what a whole site hangs on, which is named by its site. */
export function deviceWord(device: Pick<Device, 'id' | 'name' | 'role'> | undefined, t: TFunction): string {
  return device === undefined || device.role === 'site-link' ? '' : nameOf(device, t)
}

/** The campus of a school with several is enough on a wall: what stands after the last dot or comma. */
export function shortSite(name: string): string {
  return name.split(/\s*[・·]\s*|,\s+/).at(-1) ?? name
}

function hiddenWords(count: number, t: TFunction): string {
  return t('wall.roomsHidden', { count })
}

function calmNote({ counts, devices }: Known, t: TFunction): string {
  if (counts.recording > 0) return t('wall.recordingAll', { count: counts.recording })
  return counts.rooms === 0 ? '' : t('wall.watching', { count: counts.rooms, devices })
}

/** Latin letters stand apart from the Chinese before them. */
function afterChinese(words: string, language: string): string {
  return language === 'zh-CN' && /^[\x21-\x7e]/.test(words) ? ` ${words}` : words
}

function alsoWords({ causes }: Known, t: TFunction, language: string): string {
  const kinds = othersByKind(causes)
  if (kinds.length === 0) return ''
  const parts = kinds.slice(0, KINDS_NAMED).map(({ cause, rooms }) =>
    t('wall.alsoOne', {
      count: rooms,
      what: afterChinese(inSentence(incidentTitle(cause.incident, language), language), language),
    }),
  )
  const rest = kinds.slice(KINDS_NAMED).reduce((sum, kind) => sum + kind.rooms, 0)
  if (rest > 0) parts.push(t('wall.alsoMore', { count: rest }))
  return t('wall.also', { list: parts.join(t('wall.listJoin')) })
}
