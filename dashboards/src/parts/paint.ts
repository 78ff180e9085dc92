/** The colours that a canvas needs as plain values, from the tokens of a scheme. */
import { hexOf, tokens, type Scheme } from '../theme/tokens'

export interface Paint {
  text1: string
  text3: string
  accent: string
  surface: string
  backdrop: string
  grid: string
  hatch: string
  spread: string
  fill: Record<number, string>
  ink: Record<number, string>
}

export function paint(scheme: Scheme): Paint {
  const of = (hue: Parameters<typeof hexOf>[1]): string => hexOf(scheme, hue) ?? '#000000'
  return {
    text1: of('text1'),
    text3: of('text3'),
    accent: of('accent'),
    surface: of('bg1'),
    backdrop: of(tokens.chart.lessonFill as 'bg0'),
    grid: scheme === 'light' ? tokens.chart.grid : of('bg2'),
    hatch: of('hatch'),
    spread: faded(of('text1'), tokens.chart.minMaxFill),
    fill: { 1: of('l1'), 2: of('l2'), 3: of('l3'), 4: of('text3') },
    ink: { 1: of('l1ink'), 2: of('l2ink'), 3: of('l3ink'), 4: of('text3') },
  }
}

/** A `#RRGGBB` colour with an opacity, as `rgb()`. */
export function faded(hex: string, opacity: number): string {
  const n = Number.parseInt(hex.slice(1), 16)
  return `rgb(${n >> 16} ${(n >> 8) & 255} ${n & 255} / ${opacity})`
}
