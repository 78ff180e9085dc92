import hooks from 'eslint-plugin-react-hooks'
import tseslint from 'typescript-eslint'

export default tseslint.config(
  { ignores: ['dist', 'node_modules', 'src/api/schema.d.ts'] },
  {
    files: ['**/*.{ts,tsx}'],
    extends: [...tseslint.configs.recommended, ...tseslint.configs.stylistic],
    plugins: { 'react-hooks': hooks },
    rules: {
      'react-hooks/rules-of-hooks': 'error',
      'react-hooks/exhaustive-deps': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      'max-lines': ['error', 500],
    },
  },
  {
    // Pages and parts draw; only src/api and src/live know how data arrives.
    files: ['src/pages/**', 'src/parts/**'],
    rules: { 'no-restricted-globals': ['error', 'fetch', 'EventSource', 'XMLHttpRequest'] },
  },
)
