/** The words without a browser. */
import { createInstance, type TFunction } from 'i18next'
import { en } from '../src/words/en'
import type { Language } from '../src/words/language'
import { zhCN } from '../src/words/zh-CN'

export function wordsIn(language: Language): TFunction {
  const words = createInstance()
  void words.init({
    lng: language,
    initAsync: false,
    interpolation: { escapeValue: false },
    resources: { en: { translation: en }, 'zh-CN': { translation: zhCN } },
  })
  return words.t
}
