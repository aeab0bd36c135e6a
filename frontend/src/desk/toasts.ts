/** Short news of what was done, in the words of the button that did it. */
import { shallowRef } from 'vue'

export interface Toast {
  id: number
  text: string
}

const SHOWN_MS = 6_000

export const toasts = shallowRef<readonly Toast[]>([])

let last = 0

export function toast(text: string): void {
  const id = ++last
  toasts.value = [...toasts.value.slice(-2), { id, text }]
  setTimeout(() => dismiss(id), SHOWN_MS)
}

export function dismiss(id: number): void {
  toasts.value = toasts.value.filter((one) => one.id !== id)
}
