/** The tone of the data across the page: it comes out of nothing and ends in now. */
import { swing } from '../../parts/ToneLine'
import css from './FirstRun.module.css'

const POINTS = 220
const WIDTH = 1240
const HEIGHT = 28

export function Tone({ delays, alive }: { delays: readonly number[]; alive: boolean }) {
  const first = POINTS - delays.length
  const points = Array.from({ length: POINTS }, (_, index) => {
    const delay = index < first ? 0.3 : (delays[index - first] ?? 0.3)
    const x = (index / (POINTS - 1)) * (WIDTH - 11)
    const y = HEIGHT / 2 + swing(delay, index) * (HEIGHT / 2 - 4) * 0.9
    return `${x.toFixed(1)},${y.toFixed(1)}`
  })
  if (!alive)
    return (
      <svg
        className={css.tone}
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        preserveAspectRatio="none"
        aria-hidden="true"
      >
        <path
          d={`M0 ${HEIGHT / 2}H${WIDTH}`}
          stroke="var(--rt-unknown)"
          strokeDasharray="4 6"
          strokeWidth="1.5"
        />
      </svg>
    )
  const [x, y] = (points.at(-1) ?? '0,0').split(',')
  return (
    <svg className={css.tone} viewBox={`0 0 ${WIDTH} ${HEIGHT}`} aria-hidden="true">
      <defs>
        <linearGradient id="comes" x1="0" x2="1">
          <stop offset="0" stopColor="var(--rt-alive)" stopOpacity="0" />
          <stop offset="0.7" stopColor="var(--rt-alive)" />
        </linearGradient>
      </defs>
      <polyline
        points={points.join(' ')}
        fill="none"
        stroke="url(#comes)"
        strokeWidth="1.7"
        strokeLinejoin="round"
      />
      <circle cx={x} cy={y} r="11" fill="var(--rt-alive)" opacity="0.18" />
      <circle cx={x} cy={y} r="4.5" fill="var(--rt-alive)" />
    </svg>
  )
}
