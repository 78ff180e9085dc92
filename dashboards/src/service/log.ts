/** A ticket's log as lines for people, newest first; what telemetry saw before the ticket stands at the end. */
import type { TFunction } from 'i18next'
import type { Incident, LogEntry, Ticket } from '../api/types'
import { valueWords } from '../metrics/value'
import { incidentTitle } from '../words/place'
import { promiseWords, roleWords } from './ladder'
import { correctionWords, type Corrected } from './corrections'
import { devicesOf, gathered } from './members'
import { secondOf, span, whenOf } from '../words/time'
import { elapsedDigits } from './digits'

export type LineIcon =
  | 'ticket'
  | 'join'
  | 'level'
  | 'good'
  | 'again'
  | 'flaps'
  | 'claim'
  | 'promise'
  | 'send'
  | 'arrive'
  | 'swap'
  | 'solve'
  | 'close'
  | 'pause'
  | 'resume'
  | 'call'
  | 'say'
  | 'reading'

export interface Line {
  key: string
  at: number
  icon: LineIcon
  /** Shown as the level's shape instead of the icon. */
  level?: number
  title: string
  note?: string
  /** What a person wrote. */
  said?: string
}

interface Known {
  ticket: Ticket
  entries: readonly LogEntry[]
  /** The incident that opened it, where one did. */
  first?: Incident
  zone?: string
  language: string
  unit?: string
  /** What people call the place of a device. */
  where: (device: string) => string
}

const ICONS: Record<string, LineIcon> = {
  opened: 'ticket',
  attached: 'join',
  releveled: 'level',
  cleared: 'good',
  corrected: 'again',
  reopened: 'again',
  flapping: 'flaps',
  storm: 'flaps',
  escalated: 'call',
  escalation_held: 'pause',
  steady: 'good',
  acknowledge: 'claim',
  promise: 'promise',
  dispatch: 'send',
  arrive: 'arrive',
  swap: 'swap',
  restore: 'good',
  resolve: 'solve',
  close: 'close',
  reopen: 'again',
  relevel: 'level',
  pause: 'pause',
  resume: 'resume',
}

const text = (entry: LogEntry, name: string): string => {
  const value = entry.fields[name]
  return typeof value === 'string' || typeof value === 'number' ? String(value) : ''
}

/** All lines of a ticket, newest first. */
export function linesOf(known: Known, t: TFunction): Line[] {
  const places = new Map([...devicesOf(known.entries)].map(([incident, id]) => [incident, known.where(id)]))
  const lines = gathered(known.entries)
    .map((group) => ofMembers(group, places, lineOf(together(group), known, t), known, t))
    .reverse()
  return [...lines, ...before(known, t)]
}

/** What a group of entries says at once: the last of it, with the readings of all. */
function together(group: readonly LogEntry[]): LogEntry {
  const last = group.at(-1) as LogEntry
  const readings = group.reduce((sum, entry) => sum + Number(text(entry, 'readings')), 0)
  return last.action === 'corrected' ? { ...last, fields: { ...last.fields, readings } } : last
}

/** Says of which members a line is, where it is not of the fault that opened the ticket alone. */
function ofMembers(
  group: readonly LogEntry[],
  places: ReadonlyMap<string, string>,
  line: Line,
  known: Known,
  t: TFunction,
): Line {
  const [entry] = group
  if (entry === undefined || entry.action === 'opened') return line
  const own = known.entries.find((one) => one.action === 'opened')
  const incident = text(entry, 'incident')
  if (group.length === 1 && (incident === '' || (own && text(own, 'incident') === incident))) return line
  const whose = [
    ...new Set(group.map((one) => places.get(text(one, 'incident'))).filter((place) => place !== undefined)),
  ].sort((a, b) => a.localeCompare(b, undefined, { numeric: true }))
  const note = [whose.join(t('wall.listJoin')), entry.action === 'attached' ? '' : line.note]
    .filter(Boolean)
    .join(t('ticket.log.ofMembers'))
  const title =
    group.length === 1 ? line.title : t('ticket.log.several', { what: line.title, number: group.length })
  return { ...line, title, note }
}

function lineOf(entry: LogEntry, known: Known, t: TFunction): Line {
  const { ticket, zone, language } = known
  const at = Date.parse(entry.at)
  const when = (name: string): string => whenOf(Date.parse(text(entry, name)), at, t, zone)
  const who = entry.actor === 'telemetry' ? t('ticket.log.telemetry') : entry.actor
  const level = t(`level.lower${(Number(text(entry, 'level')) || ticket.level) as 1 | 2 | 3 | 4}`)
  const title = titleOf(entry, language)
  const base = { key: String(entry.number), at, icon: ICONS[entry.action] ?? 'say' }
  const said = text(entry, 'text') || undefined
  const words = {
    who,
    level,
    title,
    assignee: text(entry, 'assignee'),
    score: text(entry, 'score'),
    complainant: text(entry, 'complainant'),
  }
  switch (entry.action) {
    case 'opened':
      if (ticket.source === 'person')
        return { ...base, title: t('ticket.log.openedBy', words), note: text(entry, 'symptom') }
      return { ...base, title: t('ticket.log.opened', words), note: t(`ticket.coverage.${ticket.coverage}`) }
    case 'releveled':
    case 'relevel':
      return {
        ...base,
        level: Number(text(entry, 'level')),
        title: t(`ticket.log.${entry.action}`, words),
        said,
      }
    case 'cleared':
      return {
        ...base,
        title: t('ticket.log.cleared'),
        note: t('ticket.log.clearedNote', { time: secondOf(Date.parse(text(entry, 'cleared_at')), zone) }),
      }
    case 'escalated':
      return { ...base, ...escalationWords(entry, t, 'escalated') }
    case 'escalation_held':
      return { ...base, ...escalationWords(entry, t, 'escalationHeld') }
    case 'corrected':
      return { ...base, title: t('ticket.log.corrected'), note: correctionNote(entry, t, zone) }
    case 'storm':
      return { ...base, title: t('ticket.log.storm') }
    case 'flapping':
      return {
        ...base,
        title: t('ticket.log.flapping', { number: text(entry, 'changes') }),
        note: t('ticket.log.flappingNote'),
      }
    case 'steady': {
      const gone = text(entry, 'cleared_at')
      if (gone === '') return { ...base, icon: 'flaps', title: t('ticket.log.steadyThere', words) }
      return {
        ...base,
        title: t('ticket.log.steady'),
        note: t('ticket.log.clearedNote', { time: secondOf(Date.parse(gone), zone) }),
      }
    }
    case 'acknowledge': {
      const given = words.assignee !== '' && words.assignee !== entry.actor
      return {
        ...base,
        title: t(given ? 'ticket.log.acknowledgeFor' : 'ticket.log.acknowledge', words),
        note: respondNote(known, at, t),
        said,
      }
    }
    case 'promise':
      return { ...base, title: t('ticket.log.promise', { ...words, when: when('promised_at') }), said }
    case 'dispatch': {
      const note =
        text(entry, 'expected_at') === ''
          ? undefined
          : t('ticket.log.expected', { when: when('expected_at') })
      return { ...base, title: t('ticket.log.dispatch', words), note, said }
    }
    case 'swap': {
      const [removed, installed] = [text(entry, 'removed'), text(entry, 'installed')]
      const note =
        removed || installed
          ? t('ticket.log.swapNote', { removed: removed || '?', installed: installed || '?' })
          : undefined
      return { ...base, title: t('ticket.log.swap', words), note, said }
    }
    case 'resolve': {
      const notes = [
        text(entry, 'cause') && t('ticket.log.causeNote', { text: text(entry, 'cause') }),
        text(entry, 'remedy') && t('ticket.log.remedyNote', { text: text(entry, 'remedy') }),
      ].filter(Boolean)
      return { ...base, title: t('ticket.log.resolve', words), note: notes.join(', ') || undefined, said }
    }
    case 'attached':
      return { ...base, title: t('ticket.log.attached', words), note: known.where(text(entry, 'device')) }
    case 'reopened':
    case 'arrive':
    case 'restore':
    case 'close':
    case 'reopen':
    case 'pause':
    case 'resume':
    case 'comment':
    case 'complain':
    case 'settle':
    case 'survey':
      return {
        ...base,
        title: t(`ticket.log.${entry.action}`, words),
        note: words.complainant || undefined,
        said,
      }
    default:
      return { ...base, title: `${who}: ${entry.action}`, said }
  }
}

function escalationWords(
  entry: LogEntry,
  t: TFunction,
  kind: 'escalated' | 'escalationHeld',
): { title: string; note?: string } {
  const name = text(entry, 'name')
  const role = roleWords(text(entry, 'to'), t)
  const promise = promiseWords(text(entry, 'step') || null, Number(text(entry, 'share')), t)
  if (kind === 'escalated')
    return {
      title: t('ticket.log.escalated', { who: name === '' ? role : `${role} ${name}` }),
      note: promise,
    }
  return {
    title: t('ticket.log.escalationHeld', { who: role }),
    note: t(`ladder.by.${text(entry, 'by') as 'storm'}`, { defaultValue: promise }),
  }
}

function titleOf(entry: LogEntry, language: string): string {
  const words = entry.fields['words'] as Record<string, { title?: string }> | undefined
  return words?.[language]?.title ?? text(entry, 'title') ?? ''
}

function respondNote({ ticket }: Known, at: number, t: TFunction): string | undefined {
  const respond = ticket.clocks.find((clock) => clock.step === 'respond')
  if (
    respond?.met_at === undefined ||
    respond.met_at === null ||
    Math.abs(Date.parse(respond.met_at) - at) > 1000
  )
    return undefined
  const opened = Date.parse(ticket.opened_at)
  const whole = span(Date.parse(respond.due_at) - opened, t)
  return t('ticket.log.respondKept', { digits: elapsedDigits(at - opened), whole })
}

/** What was seen before the ticket was opened: the judgement as it was then, and the first reading that was wrong. */
function before({ entries, first, language, unit }: Known, t: TFunction): Line[] {
  if (first === undefined) return []
  const opening = entries.find((entry) => entry.action === 'opened')
  const level = Number(opening && text(opening, 'level')) || first.level
  const title = (opening && titleOf(opening, language)) || incidentTitle(first, language)
  const judged: Line = {
    key: 'judged',
    at: Date.parse((opening && text(opening, 'detected_at')) || first.detected_at),
    icon: 'level',
    level,
    title: t('ticket.log.judged', { level: t(`level.lower${level as 1 | 2 | 3 | 4}`), title }),
  }
  const silent = first.metric === ''
  const told = Number(opening?.fields['value'] ?? first.value ?? NaN)
  const value = silent || Number.isNaN(told) ? '' : valueWords(first.metric, unit ?? '', told, t)
  const bad = silent
    ? t('ticket.log.lastMessage')
    : value === ''
      ? t('ticket.log.bad')
      : t('ticket.log.badValue', { value })
  return [judged, { key: 'onset', at: Date.parse(first.onset_at), icon: 'reading', title: bad }]
}

function correctionNote(entry: LogEntry, t: TFunction, zone?: string): string {
  const change = (name: 'onset_at' | 'cleared_at'): Corrected['onset'] =>
    text(entry, name) === ''
      ? null
      : { now: Date.parse(text(entry, name)), before: Date.parse(text(entry, `${name}_before`)) }
  const corrected = {
    onset: change('onset_at'),
    cleared: change('cleared_at'),
    isNetwork: text(entry, 'attribution') !== '',
    readings: Number(text(entry, 'readings')),
  }
  return correctionWords(corrected, (at) => secondOf(at, zone), t)
}
