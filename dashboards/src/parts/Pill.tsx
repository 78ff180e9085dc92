/** A level or a state in words, on a tint. */
import type { ReactNode } from 'react'
import type { Level } from '../api/types'
import { Glyph } from './Glyph'
import css from './Pill.module.css'

interface Props {
  level?: Level | null
  /** Shows the level's shape in front. */
  glyph?: boolean
  large?: boolean
  children: ReactNode
}

export function Pill({ level, glyph = false, large = false, children }: Props) {
  const tone = level ? css[`level${level}`] : css.plain
  return (
    <span className={`${css.pill} ${tone} ${large ? css.large : ''}`}>
      {glyph && level && <Glyph name={`${level}`} size={large ? 18 : 14} label="" />}
      {children}
    </span>
  )
}
