/** What a person chose for this page: language and size of text. Kept in the browser. */
import { ref, watchEffect } from 'vue'
import type { Language } from './words'
import { inBrowser } from '@/api/keeping'

const LANGUAGE = 'yixian.language'
const LARGE = 'yixian.large-text'

function firstLanguage(): Language {
  const kept = inBrowser.get(LANGUAGE)
  if (kept === 'zh' || kept === 'en') return kept
  // Only a browser set to English gets English; whoever reads neither is nearer to Chinese here.
  return navigator.language.toLowerCase().startsWith('en') ? 'en' : 'zh'
}

export const language = ref<Language>(firstLanguage())
export const largeText = ref(inBrowser.get(LARGE) === '1')

/** The language as the document and the gateway are told of it. */
export function languageTag(): 'zh-CN' | 'en' {
  return language.value === 'zh' ? 'zh-CN' : 'en'
}

export function setLanguage(chosen: Language): void {
  language.value = chosen
  inBrowser.set(LANGUAGE, chosen)
}

export function setLargeText(on: boolean): void {
  largeText.value = on
  inBrowser.set(LARGE, on ? '1' : '0')
}

/** Keep the document in step with the choices. titles: what the page is called. */
export function followPreferences(titles: Record<Language, { title: string }>): void {
  watchEffect(() => {
    document.documentElement.lang = languageTag()
    document.title = titles[language.value].title
    document.documentElement.classList.toggle('large-text', largeText.value)
  })
}
