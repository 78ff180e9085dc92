/** The tone of the data: a thin line that lives while readings come in, and is dashed when they stop. */
interface Props {
  /** Ages of the data at the last pulses, s, newest last. */
  delays: readonly number[]
  width: number
  height: number
  stopped: boolean
  points?: number
  className?: string
}

/** How far from the middle a delay draws the line, as a share of half its height: calm under a second, wide at ten. */
export function swing(delay: number, index: number): number {
  const loud = Math.min(1, Math.log10(1 + Math.max(0, delay)) / 1.05)
  const wave = Math.sin(index * 2.4) * 0.55 + Math.sin(index * 1.13) * 0.45
  return (0.22 + 0.78 * loud ** 2) * wave
}

export function ToneLine({ delays, width, height, stopped, points = 60, className }: Props) {
  const middle = height / 2
  const shown = delays.slice(-points)
  const first = points - shown.length
  const xOf = (index: number): number => (index / (points - 1)) * (width - 6)
  const coordinates = Array.from({ length: points }, (_, index) => {
    const delay = index < first ? 0.4 : (shown[index - first] ?? 0.4)
    return `${xOf(index).toFixed(1)},${(middle + swing(delay, index) * (middle - 2)).toFixed(1)}`
  })
  if (stopped)
    return (
      <svg className={className} width={width} height={height} aria-hidden="true">
        <path d={`M0 ${middle}H${width * 0.42}`} stroke="var(--rt-text3)" strokeWidth="1.6" />
        <path
          d={`M${width * 0.45} ${middle}H${width}`}
          stroke="var(--rt-text4)"
          strokeWidth="1.6"
          strokeDasharray="3 4"
        />
      </svg>
    )
  return (
    <svg className={className} width={width} height={height} aria-hidden="true">
      <polyline
        points={coordinates.join(' ')}
        fill="none"
        stroke="var(--rt-alive)"
        strokeWidth="1.6"
        strokeLinejoin="round"
      />
      <circle cx={width - 4} cy={coordinates.at(-1)?.split(',')[1] ?? middle} r="3" fill="var(--rt-alive)" />
    </svg>
  )
}
