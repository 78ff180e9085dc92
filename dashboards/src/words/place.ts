/** Titles and places as a page says them. */
import type { TFunction } from 'i18next'
import type { Device, Incident, Notice, Ticket, Training, Words } from '../api/types'
import { isLanguage, type Language } from './language'

/** The language in use. */
export function languageOf(code: string): Language {
  return isLanguage(code) ? code : 'en'
}

interface Worded {
  words: Record<string, Words>
}

function inLanguage(of: Worded, code: string): Words | undefined {
  return of.words[code] ?? of.words['en'] ?? Object.values(of.words)[0]
}

/** The title of a ticket in a language; the one it was opened with where the rule gives none. */
export function ticketTitle(ticket: Pick<Ticket, 'title' | 'words'>, code: string): string {
  return inLanguage(ticket, code)?.title || ticket.title
}

/** What an incident is called; its rule where that has no words. */
export function incidentTitle(
  incident: Pick<Incident | Notice | Training, 'words' | 'rule'>,
  code: string,
): string {
  return inLanguage(incident, code)?.title || incident.rule
}

/** What is seen, and what to do about it. */
export function symptomOf(of: Worded, code: string): string {
  return inLanguage(of, code)?.symptom ?? ''
}

export function adviceOf(of: Worded, code: string): string {
  return inLanguage(of, code)?.advice ?? ''
}

/** What probably caused it, the likeliest first. */
export function causesOf(of: Worded, code: string): string[] {
  return inLanguage(of, code)?.causes ?? []
}

/** A title inside an English sentence begins small, unless it begins with an abbreviation. */
export function inSentence(title: string, code: string): string {
  if (code !== 'en' || /^[A-Z][A-Z0-9]/.test(title)) return title
  return title.charAt(0).toLowerCase() + title.slice(1)
}

/** Devices that nobody set up, and nobody names: what a whole site hangs on, and Roomtone itself. */
const UNNAMED = new Set(['site-link', 'collector'])

/** What a device is called; its id within the site where nobody named it. */
export function nameOf(device: Pick<Device, 'id' | 'name'> & { role?: string }, t: TFunction): string {
  if (UNNAMED.has(device.role ?? '')) return t(`role.${device.role as 'collector'}`)
  return device.name || device.id.split(':').slice(1).join(':')
}

/** School and room of a ticket: "Yunqi Normal School, Y203"; the device where it stands in no room. */
export function placeOf(
  ticket: Pick<Ticket, 'site_name' | 'room_name' | 'device_name' | 'device_role'>,
  code: string,
): string {
  const within = ticket.room_name || (UNNAMED.has(ticket.device_role ?? '') ? '' : ticket.device_name)
  if (!within) return ticket.site_name
  return code === 'en' ? `${ticket.site_name}, ${within}` : `${ticket.site_name} ${within}`
}
