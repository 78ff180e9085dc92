/** What a chart draws under and over its line: lessons, incidents, gaps; thresholds, detection, the last reading. */
import type uPlot from 'uplot'
import type { Gap } from '../metrics/gaps'
import { tokens } from '../theme/tokens'
import { faded, type Paint } from './paint'
import { shapesOf } from './shape'

/** An incident on a chart; times in s. From onset to detection its `for` was running. */
export interface Band {
  level: 1 | 2 | 3
  onset: number
  detected: number
  /** Null while it lasts. */
  end: number | null
}

/** What a rule watches for, in words: "≥ 5 % for 60 s". */
export interface Threshold {
  level: 1 | 2 | 3
  value: number
  words: string
}

export interface Lesson {
  from: number
  to: number
}

const { bandFill, bandTop, threshold: dashes } = tokens.chart

/** Draws in device pixels, clipped to the plot. */
function inPlot(u: uPlot, draw: (ctx: CanvasRenderingContext2D, px: number) => void): void {
  const { ctx, bbox } = u
  ctx.save()
  ctx.beginPath()
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height)
  ctx.clip()
  draw(ctx, devicePixelRatio)
  ctx.restore()
}

const xOf = (u: uPlot, at: number): number => u.valToPos(at, 'x', true)
const yOf = (u: uPlot, value: number): number => u.valToPos(value, 'y', true)

export function drawBack(
  u: uPlot,
  colors: Paint,
  bands: readonly Band[],
  lessons: readonly Lesson[],
  gaps: readonly Gap[],
): void {
  inPlot(u, (ctx, px) => {
    const { top, height } = u.bbox
    ctx.fillStyle = colors.backdrop
    for (const { from, to } of lessons) ctx.fillRect(xOf(u, from), top, xOf(u, to) - xOf(u, from), height)
    for (const band of bands) {
      const [x0, x1, x2] = [
        xOf(u, band.onset),
        xOf(u, band.detected),
        xOf(u, band.end ?? u.scales['x']?.max ?? 0),
      ]
      const hue = colors.fill[band.level] ?? colors.text3
      ctx.fillStyle = faded(hue, bandFill[band.level])
      ctx.fillRect(x0, top, Math.max(px, x2 - x0), height)
      ctx.fillRect(x0, top, Math.max(0, x1 - x0), height)
      ctx.fillStyle = hue
      ctx.fillRect(x1, top, Math.max(px, x2 - x1), bandTop * px)
    }
    for (const gap of gaps)
      hatch(ctx, px, colors, xOf(u, gap.from), top, xOf(u, gap.to) - xOf(u, gap.from), height)
  })
}

/** Hatches a stretch; the lines run on across neighbouring stretches. */
function hatch(
  ctx: CanvasRenderingContext2D,
  px: number,
  colors: Paint,
  x: number,
  y: number,
  w: number,
  h: number,
): void {
  if (w < px) return
  ctx.save()
  ctx.beginPath()
  ctx.rect(x, y, w, h)
  ctx.clip()
  ctx.fillStyle = colors.surface
  ctx.fillRect(x, y, w, h)
  ctx.strokeStyle = faded(colors.hatch, 0.75)
  ctx.lineWidth = px
  ctx.beginPath()
  const step = 8 * px
  for (let at = Math.floor((x - h) / step) * step; at < x + w; at += step) {
    ctx.moveTo(at, y + h)
    ctx.lineTo(at + h, y)
  }
  ctx.stroke()
  ctx.restore()
}

export function drawFront(
  u: uPlot,
  colors: Paint,
  bands: readonly Band[],
  thresholds: readonly Threshold[],
): void {
  inPlot(u, (ctx, px) => {
    const { left, width, top, height } = u.bbox
    const said: number[] = []
    const lines = thresholds.map((one) => yOf(u, one.value))
    for (const threshold of thresholds) {
      const y = yOf(u, threshold.value)
      const ink = colors.ink[threshold.level] ?? colors.text3
      ctx.strokeStyle = ink
      ctx.lineWidth = 1.2 * px
      ctx.setLineDash(dashes[threshold.level].map((one) => one * px))
      const isOutside = y < top || y > top + height
      if (isOutside) arrow(ctx, px, ink, left + 6 * px, y < top ? top : top + height, y < top)
      else {
        ctx.beginPath()
        ctx.moveTo(left, y)
        ctx.lineTo(left + width, y)
        ctx.stroke()
      }
      ctx.setLineDash([])
      const at = footOf(y, lines, top, top + height, px)
      // Where two would stand on each other, the worse one says its words.
      if (said.some((other) => Math.abs(other - at) < 13 * px)) continue
      said.push(at)
      label(ctx, px, colors, threshold, left + (isOutside ? 14 : 6) * px, at)
    }
    for (const band of bands) {
      ctx.strokeStyle = colors.ink[band.level] ?? colors.text3
      ctx.lineWidth = 1.2 * px
      ctx.beginPath()
      ctx.moveTo(xOf(u, band.detected), top)
      ctx.lineTo(xOf(u, band.detected), top + height)
      ctx.stroke()
    }
  })
  lastDot(u, colors)
}

/**
 * Where the words of a line stand: over it, else under it, else under a line below, where no line runs through them;
 * where there is no such place, as near as the plot allows.
 */
function footOf(y: number, lines: readonly number[], top: number, bottom: number, px: number): number {
  const fits = (foot: number): boolean =>
    foot - 10 * px >= top &&
    foot <= bottom - 3 * px &&
    lines.every((line) => line < foot - 9 * px || line > foot + 2 * px)
  const below = lines.filter((line) => line > y && line < y + 30 * px).sort((a, b) => a - b)
  const found = [y - 5 * px, y + 13 * px, ...below.map((line) => line + 13 * px)].find(fits)
  return found ?? Math.min(bottom - 4 * px, Math.max(top + 13 * px, y - 5 * px))
}

function arrow(
  ctx: CanvasRenderingContext2D,
  px: number,
  ink: string,
  x: number,
  y: number,
  up: boolean,
): void {
  const d = up ? px : -px
  ctx.fillStyle = ink
  ctx.beginPath()
  ctx.moveTo(x, y + d)
  ctx.lineTo(x - 4 * px, y + 6 * d)
  ctx.lineTo(x + 4 * px, y + 6 * d)
  ctx.fill()
}

function label(
  ctx: CanvasRenderingContext2D,
  px: number,
  colors: Paint,
  threshold: Threshold,
  left: number,
  y: number,
): void {
  const ink = colors.ink[threshold.level] ?? colors.text3
  mark(ctx, px, colors, threshold.level, ink, left, y)
  ctx.font = `500 ${11 * px}px "Noto Sans SC Variable", sans-serif`
  ctx.fillStyle = ink
  ctx.textAlign = 'left'
  ctx.textBaseline = 'alphabetic'
  // A rim in the colour of the surface keeps the words legible over other lines.
  ctx.strokeStyle = colors.surface
  ctx.lineWidth = 3 * px
  ctx.lineJoin = 'round'
  ctx.strokeText(threshold.words, left + 15 * px, y)
  ctx.fillText(threshold.words, left + 15 * px, y)
}

/** The level's glyph, 11 px high, its foot on `y`. Under 16 px the numeral may go, the outline stays. */
function mark(
  ctx: CanvasRenderingContext2D,
  px: number,
  colors: Paint,
  level: 1 | 2 | 3,
  ink: string,
  left: number,
  y: number,
): void {
  ctx.save()
  ctx.translate(left, y - 10 * px)
  ctx.scale((11 * px) / 16, (11 * px) / 16)
  for (const shape of shapesOf(tokens.glyph.paths[level])) {
    if (shape.kind === 'path') {
      ctx.fillStyle = colors.fill[level] ?? ink
      ctx.fill(new Path2D(shape.d))
    } else if (shape.kind === 'circle') {
      ctx.strokeStyle = ink
      ctx.lineWidth = shape.stroke
      ctx.beginPath()
      ctx.arc(shape.cx, shape.cy, shape.r, 0, 2 * Math.PI)
      ctx.stroke()
    }
  }
  ctx.restore()
}

/** The line has no dots but its last. */
function lastDot(u: uPlot, colors: Paint): void {
  const at = u.data[0]
  const values = u.data[1]
  if (values === undefined) return
  for (let index = values.length - 1; index >= 0; index -= 1) {
    const value = values[index]
    if (value === null || value === undefined) continue
    const { ctx } = u
    const px = devicePixelRatio
    ctx.save()
    ctx.fillStyle = colors.text1
    ctx.beginPath()
    ctx.arc(xOf(u, at[index] ?? 0), yOf(u, value), 3.2 * px, 0, 2 * Math.PI)
    ctx.fill()
    ctx.restore()
    return
  }
}
