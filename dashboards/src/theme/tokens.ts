/** The values of the design as typed data; `tokens.json` is the source, everything else is made from it. */
import data from './tokens.json'

export const tokens = data

export type Scheme = 'light' | 'dark'
export type Hue = keyof typeof data.color.light | keyof typeof data.color.dark

/** The hex value of a colour in a scheme. A tint that dark does not define falls back to its light name's neighbour. */
export function hexOf(scheme: Scheme, hue: Hue): string | undefined {
  const ramp: Record<string, { value: string } | undefined> = data.color[scheme]
  return ramp[hue]?.value
}

/** CSS custom properties of one scheme, name to value. */
export function colorVariables(scheme: Scheme): Record<string, string> {
  const out: Record<string, string> = {}
  for (const [hue, { value }] of Object.entries(data.color[scheme])) out[`--rt-${hue}`] = value
  return out
}

/** CSS custom properties that do not depend on the scheme. */
export function fixedVariables(): Record<string, string> {
  const out: Record<string, string> = {
    '--rt-font': data.font.family,
    '--rt-mono': data.font.mono,
    '--rt-ease': data.motion.ease,
    '--rt-fade': `${data.motion.fade}ms`,
    '--rt-pulse': `${data.motion.pulseOnce}ms`,
    '--rt-breathe': `${data.motion.breathe}ms`,
  }
  for (const [name, value] of Object.entries(data.radius)) out[`--rt-radius-${name}`] = `${value}px`
  return out
}
