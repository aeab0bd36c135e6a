/** What a list is narrowed to. It stands in the address, so that a list can be kept, sent and gone back to. */
import { ref, watch } from 'vue'
import type { Ref } from 'vue'
import { useRoute, useRouter } from 'vue-router'

interface Filters {
  /** Empty where the address says nothing. */
  asked: (name: string) => string
  ask: (changes: Record<string, string>) => void
  /** The words, as they are being written. */
  typed: Ref<string>
  /** Look for them. */
  find: () => void
  clear: () => void
}

export function useFilters(): Filters {
  const route = useRoute()
  const router = useRouter()

  function asked(name: string): string {
    const value = route.query[name]
    return typeof value === 'string' ? value : ''
  }

  function ask(changes: Record<string, string>): void {
    const query = Object.fromEntries(Object.entries({ ...route.query, ...changes }).filter(([, value]) => value))
    void router.replace({ query })
  }

  const typed = ref(asked('q'))
  watch(
    () => asked('q'),
    (text) => {
      typed.value = text
    },
  )
  return { asked, ask, typed, find: () => ask({ q: typed.value.trim() }), clear: () => void router.replace({ query: {} }) }
}
