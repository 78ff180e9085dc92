/** A line of the last values without axes, for a card that says the value beside it. */
interface Props {
  values: readonly (number | null)[]
  min: number
  max: number
  width: number
  height: number
}

export function Spark({ values, min, max, width, height }: Props) {
  const last = Math.max(1, values.length - 1)
  const runs: string[][] = []
  let run: string[] | null = null
  for (const [index, value] of values.entries()) {
    if (value === null) {
      run = null
      continue
    }
    if (run === null) runs.push((run = []))
    const share = (value - min) / Math.max(1e-9, max - min)
    run.push(
      `${((index / last) * width).toFixed(1)},${(height - 1 - Math.min(1, Math.max(0, share)) * (height - 3)).toFixed(1)}`,
    )
  }
  return (
    <svg width={width} height={height} viewBox={`0 0 ${width} ${height}`} aria-hidden="true">
      {runs.map((points) => {
        const first = points[0] ?? '0,0'
        const end = points.at(-1) ?? first
        const area = `${first.split(',')[0]},${height} ${points.join(' ')} ${end.split(',')[0]},${height}`
        return (
          <g key={first}>
            <polygon points={area} fill="var(--rt-text1)" opacity="0.05" />
            <polyline
              points={points.join(' ')}
              fill="none"
              stroke="var(--rt-text1)"
              strokeWidth="1.4"
              strokeLinejoin="round"
            />
          </g>
        )
      })}
    </svg>
  )
}
