/** The style sheet of CSS variables, written at build time so that the page needs no inline style. */
import {
  convertCssVariables,
  defaultCssVariablesResolver,
  mergeMantineTheme,
  DEFAULT_THEME,
} from '@mantine/core'
import { theme, variables } from './mantine'
import { colorVariables, fixedVariables, type Scheme } from './tokens'

function block(selector: string, values: Record<string, string>): string {
  const lines = Object.entries(values).map(([name, value]) => `  ${name}: ${value};`)
  return `${selector} {\n${lines.join('\n')}\n}\n`
}

function scheme(name: Scheme): string {
  return block(`[data-mantine-color-scheme='${name}']`, { 'color-scheme': name, ...colorVariables(name) })
}

/** All variables: ours (`--rt-*`) for both schemes, and Mantine's computed from its theme. */
export function variablesCss(): string {
  const merged = mergeMantineTheme(DEFAULT_THEME, theme)
  const base = defaultCssVariablesResolver(merged)
  const own = variables(merged)
  const mantine = convertCssVariables({
    variables: { ...base.variables, ...own.variables },
    light: { ...base.light, ...own.light },
    dark: { ...base.dark, ...own.dark },
  })
  const fixed = block(':root', { ...fixedVariables(), 'color-scheme': 'light', ...colorVariables('light') })
  return `${fixed}${scheme('light')}${scheme('dark')}${mantine}\n`
}
