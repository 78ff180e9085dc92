/**
 * One series over time, as the design draws it: a line, its spread, what the rules say, when it was wrong, and hatch
 * where nothing was seen. Several charts share one cursor by `sync`.
 */
import { useEffect, useLayoutEffect, useRef } from 'react'
import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import { gapsOf } from '../metrics/gaps'
import type { Range } from '../metrics/range'
import type { Scheme } from '../theme/tokens'
import { useScheme } from '../theme/scheme'
import css from './Chart.module.css'
import { drawBack, drawFront, type Band, type Lesson, type Threshold } from './chartDraw'
import { paint } from './paint'

export interface Line {
  /** Seconds since 1970, ascending. */
  at: readonly number[]
  mean: readonly (number | null)[]
  /** Lowest and highest of each place, where the line is an aggregate. */
  min?: readonly (number | null)[]
  max?: readonly (number | null)[]
}

interface Props {
  line: Line
  /** What the chart spans, s. */
  from: number
  to: number
  range: Range
  /** Says a value of the axis. */
  label: (value: number) => string
  /** Says an instant of the time axis; left out on all but the lowest chart. */
  time?: (at: number) => string
  height: number
  /** Seconds without a reading that make a gap. */
  patience: number
  bands?: readonly Band[]
  thresholds?: readonly Threshold[]
  lessons?: readonly Lesson[]
  sync?: string
  /** Told where the cursor stands: the index of the reading, or null. */
  onCursor?: (index: number | null) => void
  /** Said to those who cannot see it. */
  say: string
}

const LEFT = 54
const RIGHT = 8
const AXIS = 26
const TOP = 6

export function Chart(props: Props) {
  const box = useRef<HTMLDivElement>(null)
  const plot = useRef<uPlot | null>(null)
  const scheme = useScheme()
  const latest = useRef(props)
  useLayoutEffect(() => {
    latest.current = props
  })

  useEffect(() => {
    const host = box.current
    if (host === null) return
    const made = new uPlot(options(latest, scheme, host.clientWidth), columns(latest.current.line), host)
    plot.current = made
    const watch = new ResizeObserver(() => {
      made.setSize({ width: host.clientWidth, height: heightOf(latest.current) })
    })
    watch.observe(host)
    return () => {
      watch.disconnect()
      made.destroy()
      plot.current = null
    }
  }, [scheme, props.sync])

  useEffect(() => {
    const made = plot.current
    if (made === null) return
    made.batch(() => {
      made.setData(columns(props.line), false)
      made.setScale('x', { min: props.from, max: props.to })
      made.setScale('y', { min: props.range.min, max: props.range.max })
    })
    made.redraw()
  })

  return (
    <div
      ref={box}
      className={css.chart}
      style={{ height: heightOf(props) }}
      role="img"
      aria-label={props.say}
    />
  )
}

/** The cursor marks the line, not the edges of its spread. */
function onLine(_: uPlot, series: number): HTMLElement {
  const none = null as unknown as HTMLElement // uPlot leaves out what is not given
  return series === 1 ? document.createElement('div') : none
}

function heightOf(props: Props): number {
  return props.height + TOP + (props.time ? AXIS : 6)
}

function columns(line: Line): uPlot.AlignedData {
  const none = line.at.map(() => null)
  return [[...line.at], [...line.mean], [...(line.min ?? none)], [...(line.max ?? none)]]
}

function options(latest: { current: Props }, scheme: Scheme, width: number): uPlot.Options {
  const colors = paint(scheme)
  const font = '11px "Noto Sans SC Variable", sans-serif'
  const first = latest.current
  const gaps = () =>
    gapsOf(
      latest.current.line.at,
      latest.current.line.mean,
      Math.min(latest.current.to, now()),
      latest.current.patience,
    )
  const now = (): number => latest.current.to
  return {
    width,
    height: heightOf(first),
    padding: [TOP, RIGHT, first.time ? 0 : 6, 0],
    legend: { show: false },
    cursor: {
      drag: { x: false, y: false },
      points: { show: onLine, size: 10, width: 2.5, stroke: colors.accent, fill: colors.surface },
      sync: first.sync ? { key: first.sync } : undefined,
      y: false,
    },
    scales: {
      x: { time: false, range: () => [latest.current.from, latest.current.to] },
      y: { range: () => [latest.current.range.min, latest.current.range.max] },
    },
    axes: [
      {
        show: Boolean(first.time),
        font,
        stroke: colors.text3,
        size: AXIS,
        gap: 6,
        grid: { show: false },
        ticks: { show: false },
        splits: () => timeTicks(latest.current.from, latest.current.to),
        values: (_, at) => at.map((one) => latest.current.time?.(one) ?? ''),
      },
      {
        font,
        stroke: colors.text3,
        size: LEFT,
        gap: 6,
        grid: { stroke: colors.grid, width: 1 },
        ticks: { show: false },
        splits: () => latest.current.range.ticks,
        values: (_, values) => values.map((value) => latest.current.label(value)),
      },
    ],
    series: [
      {},
      { stroke: colors.text1, width: 1.6, spanGaps: false, points: { show: false } },
      { stroke: 'transparent', width: 0, points: { show: false } },
      { stroke: 'transparent', width: 0, points: { show: false } },
    ],
    bands: [{ series: [3, 2], fill: colors.spread }],
    hooks: {
      setCursor: [
        (u) =>
          latest.current.onCursor?.(
            u.cursor.idx !== undefined && (u.cursor.left ?? -1) >= 0 ? (u.cursor.idx ?? null) : null,
          ),
      ],
      drawClear: [
        (u) => drawBack(u, colors, latest.current.bands ?? [], latest.current.lessons ?? [], gaps()),
      ],
      draw: [(u) => drawFront(u, colors, latest.current.bands ?? [], latest.current.thresholds ?? [])],
    },
  }
}

const STEPS = [
  60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400, 172_800, 604_800, 1_209_600,
]

/** Whole instants, five or six of them. */
export function timeTicks(from: number, to: number): number[] {
  const step = STEPS.find((one) => (to - from) / one <= 7) ?? 2_592_000
  const zone = -new Date(from * 1000).getTimezoneOffset() * 60
  const first = Math.ceil((from + zone) / step) * step - zone
  const ticks: number[] = []
  for (let at = first; at <= to - (to - from) * 0.03; at += step)
    if (at >= from + (to - from) * 0.03) ticks.push(at)
  return ticks
}
