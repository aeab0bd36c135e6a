/** Short news: what was done, in the words of the button that did it, what was not done, what happened. */
import { shallowRef } from 'vue'

/** done: what somebody did has been done. news: something happened. trouble: what was wanted was not done. */
export type ToastKind = 'done' | 'news' | 'trouble'

export interface Toast {
  id: number
  text: string
  kind: ToastKind
}

const SHOWN_MS = 6_000
const TROUBLE_SHOWN_MS = 12_000

export const toasts = shallowRef<readonly Toast[]>([])

let last = 0

export function toast(text: string, kind: ToastKind = 'done'): void {
  const id = ++last
  toasts.value = [...toasts.value.slice(-2), { id, text, kind }]
  setTimeout(() => dismiss(id), kind === 'trouble' ? TROUBLE_SHOWN_MS : SHOWN_MS)
}

export function dismiss(id: number): void {
  toasts.value = toasts.value.filter((one) => one.id !== id)
}
