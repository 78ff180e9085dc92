import react from '@vitejs/plugin-react'
import type { Plugin } from 'vite'
import { defineConfig } from 'vitest/config'
import { variablesCss } from './src/theme/css'

const VARIABLES = 'virtual:variables.css'

/** Serves the CSS variables that `src/theme` makes from the tokens, as a plain style sheet. */
function variablesSheet(): Plugin {
  const id = '/@roomtone/variables.css'
  return {
    name: 'roomtone-variables',
    resolveId: (source) => (source === VARIABLES ? id : null),
    load: (asked) => (asked === id ? variablesCss() : null),
  }
}

const api = process.env.ROOMTONE_API ?? 'http://127.0.0.1:8080'

export default defineConfig({
  plugins: [react(), variablesSheet()],
  build: {
    target: 'es2022',
    sourcemap: false,
    assetsInlineLimit: 0,
    cssCodeSplit: true,
    reportCompressedSize: true,
  },
  server: { proxy: { '/api': api } },
  preview: { proxy: { '/api': api } },
  test: { include: ['test/**/*.test.ts'], environment: 'node' },
})
