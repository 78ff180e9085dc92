/** Mantine's theme, made from the tokens: its greys and its primary colour are the design's ramp. */
import {
  createTheme,
  defaultVariantColorsResolver,
  type CSSVariablesResolver,
  type MantineColorsTuple,
  type VariantColorsResolver,
} from '@mantine/core'
import { hexOf, tokens } from './tokens'

const light = (hue: Parameters<typeof hexOf>[1]): string => hexOf('light', hue) ?? ''
const dark = (hue: Parameters<typeof hexOf>[1]): string => hexOf('dark', hue) ?? ''

const gray: MantineColorsTuple = [
  light('bg0'),
  light('bg2'),
  light('track'),
  light('line'),
  light('line'),
  light('text4'),
  light('text3'),
  light('text3'),
  light('text2'),
  light('text1'),
]

const darkRamp: MantineColorsTuple = [
  dark('text1'),
  dark('text2'),
  dark('text3'),
  dark('text4'),
  dark('line'),
  dark('track'),
  dark('bg2'),
  dark('bg1'),
  dark('bg0'),
  dark('bg0'),
]

/** Solid is text on its own ground: white in the dark scheme would be white on white. */
export const variantColors: VariantColorsResolver = (input) => ({
  ...defaultVariantColorsResolver(input),
  ...(input.variant === 'filled' && {
    background: 'var(--rt-text1)',
    hover: 'color-mix(in srgb, var(--rt-text1) 86%, var(--rt-bg1))',
    color: 'var(--rt-bg1)',
  }),
})

export const theme = createTheme({
  variantColorResolver: variantColors,
  colors: { gray, dark: darkRamp },
  primaryColor: 'gray',
  primaryShade: { light: 9, dark: 0 },
  white: light('bg1'),
  black: light('text1'),
  fontFamily: tokens.font.family,
  fontFamilyMonospace: tokens.font.mono,
  fontSizes: { xs: '12px', sm: '13px', md: '14px', lg: '15px', xl: '24px' },
  lineHeights: { xs: '16px', sm: '20px', md: '20px', lg: '22px', xl: '32px' },
  radius: { xs: '2px', sm: '6px', md: '6px', lg: '8px', xl: '12px' },
  spacing: { xs: '8px', sm: '12px', md: '16px', lg: '20px', xl: '24px' },
  defaultRadius: 'md',
  shadows: {
    xs: 'none',
    sm: 'none',
    md: '0 0 0 1px var(--rt-line), 0 8px 24px rgba(18, 22, 27, 0.12)',
    lg: '0 0 0 1px var(--rt-line), 0 8px 24px rgba(18, 22, 27, 0.12)',
    xl: '0 0 0 1px var(--rt-line), 0 8px 24px rgba(18, 22, 27, 0.12)',
  },
  cursorType: 'pointer',
  focusRing: 'auto',
  respectReducedMotion: true,
})

/** Mantine's own names, said in ours; the same in both schemes because ours change with the scheme. */
const said: Record<string, string> = {
  '--mantine-color-body': 'var(--rt-bg0)',
  '--mantine-color-text': 'var(--rt-text1)',
  '--mantine-color-bright': 'var(--rt-text1)',
  '--mantine-color-dimmed': 'var(--rt-text3)',
  '--mantine-color-placeholder': 'var(--rt-text3)',
  '--mantine-color-error': 'var(--rt-l1ink)',
  '--mantine-color-success': 'var(--rt-alive)',
  '--mantine-color-anchor': 'var(--rt-accent)',
  '--mantine-color-default': 'var(--rt-bg1)',
  '--mantine-color-default-hover': 'var(--rt-bg2)',
  '--mantine-color-default-color': 'var(--rt-text1)',
  '--mantine-color-default-border': 'var(--rt-line)',
  '--mantine-color-disabled': 'var(--rt-bg2)',
  '--mantine-color-disabled-color': 'var(--rt-text3)',
  '--mantine-color-disabled-border': 'var(--rt-line)',
  '--mantine-primary-color-filled': 'var(--rt-text1)',
  '--mantine-primary-color-filled-hover': 'var(--rt-text2)',
  '--mantine-primary-color-contrast': 'var(--rt-bg1)',
  '--mantine-color-gray-filled': 'var(--rt-text1)',
  '--mantine-color-gray-filled-hover': 'var(--rt-text2)',
}

export const variables: CSSVariablesResolver = () => ({ variables: {}, light: said, dark: said })
