/** Before a page with something written on it is left, it asks (`ui/Unsaved.vue`). */
import { onBeforeUnmount, onMounted, shallowRef } from 'vue'
import type { ShallowRef } from 'vue'
import { onBeforeRouteLeave } from 'vue-router'

export interface Leaving {
  /** Set while it is asked. */
  leaving: ShallowRef<((go: boolean) => void) | null>
  answer: (go: boolean) => void
}

/** For the page of a route. written: whether something would be lost. */
export function useUnsaved(written: () => boolean): Leaving {
  const leaving: Leaving['leaving'] = shallowRef(null)

  function answer(go: boolean): void {
    leaving.value?.(go)
    leaving.value = null
  }

  function hold(event: BeforeUnloadEvent): void {
    if (written()) event.preventDefault()
  }

  onBeforeRouteLeave(() => !written() || new Promise<boolean>((resolve) => (leaving.value = resolve)))
  onMounted(() => window.addEventListener('beforeunload', hold))
  onBeforeUnmount(() => window.removeEventListener('beforeunload', hold))
  return { leaving, answer }
}
