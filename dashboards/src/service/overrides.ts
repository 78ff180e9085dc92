/** What an override changes, line by line, in words: from what holds elsewhere to what holds here. */
import type { TFunction } from 'i18next'
import type { Clause, Override, RuleForm } from '../api/types'
import { limitSign, spanOf } from '../metrics/thresholds'
import { valueWords } from '../metrics/value'

/** The UCUM unit of a metric; undefined where its device has not told. */
export type UnitOf = (metric: string) => string | undefined

export interface ChangedLine {
  what: 'raises' | 'holds' | 'clears' | 'rests' | 'levels'
  own: string
  here: string
}

/** The lines that differ; none for a rule that is off. */
export function changedLines(override: Override, unitOf: UnitOf, t: TFunction): ChangedLine[] {
  if (override.here.length === 0) return []
  const count = Math.max(override.own.length, override.here.length)
  const lines = Array.from({ length: count }, (_, at) => at).flatMap((at) => {
    const [own, here] = [said(override.own[at], unitOf, t), said(override.here[at], unitOf, t)]
    return WHATS.map((what) => ({ what, own: own[what], here: here[what] }))
  })
  const keys = new Set<string>()
  return lines.filter((line) => {
    const key = `${line.what} ${line.own} ${line.here}`
    const isNew = line.own !== line.here && !keys.has(key)
    keys.add(key)
    return isNew
  })
}

const WHATS = ['raises', 'holds', 'clears', 'rests', 'levels'] as const

function said(form: RuleForm | undefined, unitOf: UnitOf, t: TFunction): Record<ChangedLine['what'], string> {
  const nothing = t('overrides.nothing')
  if (form === undefined)
    return { raises: nothing, holds: nothing, clears: nothing, rests: nothing, levels: nothing }
  const unit = unitOf(form.metric)
  const clause = (one: Clause): string =>
    one.value === null || one.operator === null || unit === undefined
      ? one.text
      : `${limitSign(one.operator)}${valueWords(form.metric, unit, one.value, t)}`
  return {
    raises: clause(form.raises),
    holds: spanOf(form.raises.for_s, t),
    clears: form.clears === null ? nothing : clause(form.clears),
    rests: form.clears === null ? nothing : spanOf(form.clears.for_s, t),
    levels: levelsSaid(form.levels, nothing),
  }
}

function levelsSaid(levels: readonly (number | null)[], nothing: string): string {
  return [...new Set(levels)].map((level) => (level === null ? nothing : String(level))).join(', ')
}

/** The name of a file without its folders, and the line, of "folder/file:line:column"; the whole where it is none. */
export function writtenAt(at: string): { file: string; line: string } {
  const found = /([^/\\]+):(\d+):\d+$/.exec(at)
  return { file: found?.[1] ?? at, line: found?.[2] ?? '' }
}
