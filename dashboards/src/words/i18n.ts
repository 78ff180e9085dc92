/** Sets up the words; the language is the one that `first.js` chose before the first paint. */
import i18next from 'i18next'
import { initReactI18next } from 'react-i18next'
import { en } from './en'
import { isLanguage, type Language } from './language'
import { zhCN } from './zh-CN'

const STORED = 'roomtone-language'

declare module 'i18next' {
  interface CustomTypeOptions {
    defaultNS: 'translation'
    resources: { translation: typeof en }
    returnNull: false
  }
}

export function startWords(): void {
  const chosen = document.documentElement.lang
  void i18next.use(initReactI18next).init({
    lng: isLanguage(chosen) ? chosen : 'en',
    fallbackLng: 'en',
    initAsync: false,
    interpolation: { escapeValue: false },
    resources: { en: { translation: en }, 'zh-CN': { translation: zhCN } },
  })
}

/** Switches all pages to a language and keeps it for the next visit. */
export function chooseLanguage(language: Language): void {
  document.documentElement.lang = language
  try {
    localStorage.setItem(STORED, language)
  } catch {
    // A browser without storage forgets the choice; the page still shows it.
  }
  void i18next.changeLanguage(language)
}
