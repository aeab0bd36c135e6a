/** What a person chose for the desk: language, colours, shortcuts. Kept in this browser, never sent anywhere. */
import { computed, ref, watchEffect } from 'vue'
import type { ComputedRef } from 'vue'
import { inBrowser } from '@/api/keeping'

export type Language = 'zh' | 'en'
export type Theme = 'system' | 'light' | 'dark'

const LANGUAGE = 'yixian.desk.language'
const THEME = 'yixian.desk.theme'
const SHORTCUTS = 'yixian.desk.shortcuts'

const kept = inBrowser.get(THEME)

export const language = ref<Language>(inBrowser.get(LANGUAGE) === 'en' ? 'en' : 'zh')
export const theme = ref<Theme>(kept === 'light' || kept === 'dark' ? kept : 'system')
/** Whether single keys do something; Ctrl+K always does. */
export const shortcuts = ref(inBrowser.get(SHORTCUTS) !== '0')

export function setLanguage(chosen: Language): void {
  language.value = chosen
  inBrowser.set(LANGUAGE, chosen)
}

export function setTheme(chosen: Theme): void {
  theme.value = chosen
  inBrowser.set(THEME, chosen)
}

export function setShortcuts(on: boolean): void {
  shortcuts.value = on
  inBrowser.set(SHORTCUTS, on ? '1' : '0')
}

/** Words in both languages as those of the language chosen. English must say the same, not more. */
export function spoken<Words>(both: Record<Language, Words>): ComputedRef<Words> {
  return computed(() => both[language.value])
}

/** Keep the document in step with the choices. */
export function followPreferences(): void {
  const dark = matchMedia('(prefers-color-scheme: dark)')
  const systemIsDark = ref(dark.matches)
  dark.addEventListener('change', () => {
    systemIsDark.value = dark.matches
  })
  watchEffect(() => {
    const shown = theme.value === 'system' ? (systemIsDark.value ? 'dark' : 'light') : theme.value
    document.documentElement.dataset.theme = shown
    document.documentElement.lang = language.value === 'zh' ? 'zh-CN' : 'en'
  })
}
