/** The languages of the pages. */
export type Language = 'zh-CN' | 'en'
export const LANGUAGES: readonly { code: Language; name: string }[] = [
  { code: 'zh-CN', name: '中文' },
  { code: 'en', name: 'English' },
]

export function isLanguage(value: unknown): value is Language {
  return value === 'zh-CN' || value === 'en'
}
