import { readFileSync } from 'node:fs'
import { DEFAULT_THEME } from '@mantine/core'
import { describe, expect, test } from 'vitest'
import { ROLE_ICONS } from '../src/parts/RoleIcon'
import { shapesOf } from '../src/parts/shape'
import { contrast } from '../src/theme/contrast'
import { variablesCss } from '../src/theme/css'
import { variantColors } from '../src/theme/mantine'
import { hexOf, tokens, type Scheme } from '../src/theme/tokens'

type Stated = Record<string, { value: string; contrast?: Record<string, number> }>
const SCHEMES: readonly Scheme[] = ['dark', 'light']

describe.each(SCHEMES)('the %s colours', (scheme) => {
  const ramp = tokens.color[scheme] as Stated
  const stated = Object.entries(ramp).flatMap(([hue, { contrast: against = {} }]) =>
    Object.entries(against).map(([ground, ratio]) => [hue, ground, ratio] as const),
  )
  test.each(stated)('%s on %s has the contrast that the design states', (hue, ground, ratio) => {
    expect(contrast(ramp[hue]?.value ?? '', ramp[ground]?.value ?? '')).toBeCloseTo(ratio, 1)
  })
  test.each([
    'text1',
    'text2',
    'text3',
    'l1ink',
    'l2ink',
    'l3ink',
    'alive',
    'unknown',
    'off',
    'accent',
  ] as const)('%s can be read as text on canvas and surface', (hue) => {
    for (const ground of ['bg0', 'bg1'] as const)
      expect(contrast(hexOf(scheme, hue) ?? '', hexOf(scheme, ground) ?? '')).toBeGreaterThanOrEqual(4.5)
  })
  test.each([1, 2, 3] as const)('the numeral on the fill of level %i can be read', (level) => {
    expect(
      contrast(hexOf(scheme, `l${level}on`) ?? '', hexOf(scheme, `l${level}`) ?? ''),
    ).toBeGreaterThanOrEqual(4.5)
  })
})

test('pills in light reach seven to one', () => {
  for (const level of [1, 2, 3] as const)
    expect(
      contrast(hexOf('light', `l${level}tinton`) ?? '', hexOf('light', `l${level}tint`) ?? ''),
    ).toBeGreaterThanOrEqual(7)
})

/** How a colour looks without its green-sensitive cones (Viénot 1999), and without any colour. */
function seenBy(hex: string, eye: 'deuteranope' | 'grey'): [number, number, number] {
  const n = Number.parseInt(hex.slice(1), 16)
  const rgb = [n >> 16, (n >> 8) & 255, n & 255].map((one) => (one / 255) ** 2.2) as [number, number, number]
  if (eye === 'grey') {
    const grey = 0.2126 * rgb[0] + 0.7152 * rgb[1] + 0.0722 * rgb[2]
    return [grey, grey, grey]
  }
  const [r, g, b] = rgb
  const mixed = 0.29275 * r + 0.70725 * g
  return [mixed, mixed, b - 0.02234 * r + 0.02234 * g]
}

test.each(['deuteranope', 'grey'] as const)('the fills of the levels stay apart for a %s eye', (eye) => {
  for (const scheme of SCHEMES) {
    const seen = (['l1', 'l2', 'l3'] as const).map((hue) => seenBy(hexOf(scheme, hue) ?? '', eye))
    for (const [a, b] of [
      [0, 1],
      [1, 2],
    ] as const) {
      const apart = Math.hypot(...[0, 1, 2].map((one) => (seen[a]?.[one] ?? 0) - (seen[b]?.[one] ?? 0)))
      expect(apart).toBeGreaterThan(0.1)
    }
  }
})

test('the style sheet has every colour of both schemes, and Mantine speaks in them', () => {
  const css = variablesCss()
  for (const scheme of SCHEMES)
    for (const { value } of Object.values(tokens.color[scheme] as Stated)) expect(css).toContain(value)
  expect(css).toContain('--mantine-color-body: var(--rt-bg0)')
  expect(css).toContain('--mantine-primary-color-filled: var(--rt-text1)')
})

test('every role of the design has its icon', () => {
  const { set, stroke, ...roles } = tokens.roleIcon
  expect([set, stroke]).toEqual(['@tabler/icons-react', 1.6])
  for (const [role, icon] of Object.entries(roles))
    expect([role, `Icon${ROLE_ICONS[role]?.displayName}`]).toEqual([role, icon])
})

test('the shapes of the tokens can be drawn', () => {
  expect(shapesOf(tokens.glyph.paths['3'])).toEqual([{ kind: 'circle', cx: 8, cy: 8, r: 6.9, stroke: 1.6 }])
  expect(shapesOf(tokens.glyph.paths.unknown)).toEqual([
    { kind: 'rect', x: 1.3, y: 1.3, w: 13.4, h: 13.4, r: 2, stroke: 1.3, dash: '2.6 1.9' },
  ])
  expect(shapesOf(tokens.glyph.paths.maintenance)).toHaveLength(2)
})

test('components name no colour of their own', () => {
  const sheets = import.meta.glob('../src/**/*.css', { eager: false })
  for (const path of Object.keys(sheets)) {
    const text = readFileSync(new URL(path, import.meta.url), 'utf8')
    const own = [...text.matchAll(/#[0-9a-f]{3,8}\b/gi)]
      .map(([hex]) => hex)
      .filter((hex) => hex.toLowerCase() !== '#fff')
    expect([path, own]).toEqual([path, []])
  }
})

test('a solid button is text on its own ground in both schemes', () => {
  const { background, color } = variantColors({ color: 'gray', theme: DEFAULT_THEME, variant: 'filled' })
  expect([background, color]).toEqual(['var(--rt-text1)', 'var(--rt-bg1)'])
  for (const scheme of ['light', 'dark'] as const)
    expect(contrast(hexOf(scheme, 'bg1') ?? '', hexOf(scheme, 'text1') ?? '')).toBeGreaterThan(4.5)
})
