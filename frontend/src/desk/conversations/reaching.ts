/** Conversations that the live lists do not have: those of the bot, and what is looked for. Read when asked for. */
import { computed, onBeforeUnmount, onMounted } from 'vue'
import type { ComputedRef, Ref } from 'vue'
import { api } from '../api'
import { useListed } from '../loading'
import type { Listed as Read } from '../loading'
import { readRows } from './protocol'
import type { Row } from './protocol'
import type { Listed, ListName, Rows } from './rows'

/** The live lists, and the one that is read page by page. */
export type Shown = ListName | 'bot'

const PAGE = 30
const EVERY_MS = 30_000

/** A phone, the end of a name as lists show it, or a ticket's number. */
const FINDS = /^(?:\+?[\d ()-]{7,24}|(?:.*[\s*])?[\dA-Z]{4}|DG\d{15})$/iu

export function findsConversations(text: string): boolean {
  return FINDS.test(text.trim())
}

/** Rows that were read, as lists draw them: as they are known live, where they are; without what has left the bot. */
export function reached(read: readonly Row[], live: Rows, onlyBots: boolean): Listed[] {
  return read
    .map((row) => {
      const known = live.get(row.id)
      return known && known.version >= row.version ? known : row
    })
    .filter((row) => !onlyBots || row.owner.kind === 'bot')
    .map((row) => {
      // nobody is expected to read what the bot answers
      const shown = row.owner.kind === 'bot' ? { ...row, unread: 0 } : row
      return { ...shown, together: [shown] }
    })
}

export interface Reaching extends Omit<Read<Row>, 'rows'> {
  /** Whether it is shown instead of a live list. */
  active: ComputedRef<boolean>
  rows: ComputedRef<Listed[]>
}

/** name: which list is shown. sought: what is looked for; empty for nothing. steady: whether new rows may come in above
 * without moving what is being read. */
export function useReaching(name: Ref<Shown>, sought: Ref<string>, live: Ref<Rows>, steady: () => boolean): Reaching {
  const read = useListed<Row>(
    async (before, signal) => {
      if (sought.value) {
        const found = await api.get<{ conversations: unknown }>('/conversations/search', { q: sought.value }, signal)
        return { rows: readRows(found.conversations), next: null }
      }
      if (name.value !== 'bot') return { rows: [], next: null }
      const query = { list: 'bot', before, limit: PAGE }
      const page = await api.get<{ conversations: unknown; next: string | null }>('/conversations', query, signal)
      return { rows: readRows(page.conversations), next: page.next }
    },
    [name, sought],
  )
  const active = computed(() => sought.value !== '' || name.value === 'bot')
  const rows = computed(() => reached(read.rows.value, live.value, sought.value === ''))

  function refresh(): void {
    const begun = read.rows.value.length <= PAGE && !read.loading.value
    if (name.value === 'bot' && !sought.value && begun && steady() && document.visibilityState === 'visible') void read.reload()
  }

  let timer = 0
  onMounted(() => {
    timer = window.setInterval(refresh, EVERY_MS)
  })
  onBeforeUnmount(() => clearInterval(timer))
  return { ...read, active, rows }
}
