/** The shapes of state. Shape and numeral say what colour repeats; every glyph has a name for those who cannot see it. */
import { memo, type JSX } from 'react'
import { useTranslation } from 'react-i18next'
import { tokens } from '../theme/tokens'
import css from './Glyph.module.css'
import { shapesOf, type Shape } from './shape'

export type GlyphName = '1' | '2' | '3' | '4' | 'unknown' | 'off' | 'maintenance' | 'recovered' | 'recording'

const paths = tokens.glyph.paths
const SHAPES: Record<GlyphName, Shape[]> = {
  '1': shapesOf(paths['1']),
  '2': shapesOf(paths['2']),
  '3': shapesOf(paths['3']),
  '4': [{ kind: 'rect', x: 1.2, y: 1.2, w: 13.6, h: 13.6, r: 3, stroke: 1.3, dash: '' }],
  unknown: shapesOf(paths.unknown),
  off: [{ kind: 'path', d: 'M8 1.9v6M4.5 4a5.6 5.6 0 1 0 7 0' }],
  maintenance: shapesOf(paths.maintenance),
  recovered: shapesOf(paths.recovered),
  recording: [{ kind: 'circle', cx: 8, cy: 8, r: 4, stroke: 0 }],
}

interface Numeral {
  text: string
  y: number
  size: number
}

const NUMERALS: Partial<Record<GlyphName, Numeral>> = {
  '1': { text: '1', y: 11.5, size: 9.8 },
  '2': { text: '2', y: 12.9, size: 9 },
  '3': { text: '3', y: 11.4, size: 9.6 },
  '4': { text: '4', y: 11.2, size: 8.8 },
  unknown: { text: '?', y: 11.4, size: 9.6 },
}

function draw(shape: Shape, key: number): JSX.Element {
  if (shape.kind === 'path') return <path key={key} d={shape.d} />
  if (shape.kind === 'circle')
    return (
      <circle key={key} cx={shape.cx} cy={shape.cy} r={shape.r} strokeWidth={shape.stroke || undefined} />
    )
  return (
    <rect
      key={key}
      x={shape.x}
      y={shape.y}
      width={shape.w}
      height={shape.h}
      rx={shape.r}
      strokeWidth={shape.stroke}
      strokeDasharray={shape.dash || undefined}
    />
  )
}

interface Props {
  name: GlyphName
  size?: number
  /** Said instead of the glyph's own name; an empty text when the words stand beside it. */
  label?: string
  className?: string
}

export const Glyph = memo(function Glyph({ name, size = 16, label, className }: Props) {
  const { t } = useTranslation()
  const said = label ?? (/^[1-4]$/.test(name) ? t(`level.${name as '1'}`) : t(`glyph.${name as 'off'}`))
  const numeral = NUMERALS[name]
  return (
    <svg
      className={[css.glyph, css[`g-${name}`], className].filter(Boolean).join(' ')}
      width={size}
      height={size}
      viewBox="0 0 16 16"
      role={said === '' ? undefined : 'img'}
      aria-hidden={said === '' ? true : undefined}
      aria-label={said === '' ? undefined : said}
    >
      {SHAPES[name].map(draw)}
      {numeral && (
        <text x="8" y={numeral.y} fontSize={numeral.size} textAnchor="middle">
          {numeral.text}
        </text>
      )}
    </svg>
  )
})
