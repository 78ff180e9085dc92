/** One room on the wall: a single state, in the shape and weight of its level. */
import { memo } from 'react'
import { isTroubled, type Face, type Tape } from '../campus/tile'
import type { Size } from '../campus/grid'
import { tokens } from '../theme/tokens'
import { Glyph, type GlyphName } from './Glyph'
import { RoleIcon } from './RoleIcon'
import css from './Tile.module.css'

const GLYPH: Partial<Record<Face, GlyphName>> = {
  l1: '1',
  l2: '2',
  l3: '3',
  unknown: 'unknown',
  off: 'off',
  maintenance: 'maintenance',
}

interface Props {
  name: string
  face: Face
  size: Size
  /** Role of the device that the state comes from. */
  role?: string | null
  tape: Tape | null
  /** A fault has begun and is not detected yet. */
  timed?: boolean
}

export const Tile = memo(function Tile({ name, face, size, role, tape, timed = false }: Props) {
  const glyph = GLYPH[face]
  const measures = tokens.tile[size]
  const named = size !== 'small' || isTroubled(face)
  return (
    <span className={`${css.tile} ${css[size]} ${css[face]}`}>
      {named && <span className={css.name}>{name}</span>}
      {size === 'large' && isTroubled(face) && role && (
        <RoleIcon role={role} size={16} stroke={2.2} className={css.icon} />
      )}
      {glyph && (size !== 'small' || !isTroubled(face)) && (
        <Glyph
          name={glyph}
          size={face === 'off' ? measures.glyph - 2 : measures.glyph}
          label=""
          className={css.glyph}
        />
      )}
      {timed && <i className={css.timed} />}
      {tape && (
        <span className={`${css.tape} ${css[`tape-${tape.kind}`]}`}>
          <span className={css.run} style={{ transform: `scaleX(${tape.share.toFixed(3)})` }} />
        </span>
      )}
    </span>
  )
})
