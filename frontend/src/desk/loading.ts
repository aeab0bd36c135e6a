/** What a page reads from the gateway, and what a form sends to it, as Vue state. */
import { onScopeDispose, ref, shallowRef, watch } from 'vue'
import type { Ref, ShallowRef, WatchSource } from 'vue'
import { DeskError } from './api'

export interface Loaded<Data> {
  /** What was read last; it stays while it is read anew. */
  data: ShallowRef<Data | null>
  error: ShallowRef<DeskError | null>
  loading: Ref<boolean>
  reload: () => Promise<void>
}

function asDeskError(error: unknown): DeskError {
  if (error instanceof DeskError) return error
  throw error
}

/** Reads now, and again when a source changes; an answer that was overtaken is dropped. */
export function useLoaded<Data>(
  read: (signal: AbortSignal) => Promise<Data>,
  sources: WatchSource[] = [],
): Loaded<Data> {
  const data = shallowRef<Data | null>(null)
  const error = shallowRef<DeskError | null>(null)
  const loading = ref(false)
  let asking = new AbortController()

  async function reload(): Promise<void> {
    asking.abort()
    const mine = (asking = new AbortController())
    loading.value = true
    try {
      const found = await read(mine.signal)
      if (mine.signal.aborted) return
      data.value = found
      error.value = null
    } catch (failed) {
      if (mine.signal.aborted) return
      error.value = asDeskError(failed)
    } finally {
      if (mine === asking) loading.value = false
    }
  }

  watch(sources, () => void reload())
  onScopeDispose(() => asking.abort())
  void reload()
  return { data, error, loading, reload }
}

export interface Listed<Row> {
  rows: ShallowRef<Row[]>
  /** Before anything was read. */
  first: Ref<boolean>
  error: ShallowRef<DeskError | null>
  loading: Ref<boolean>
  hasMore: Ref<boolean>
  /** The gateway has other first rows by now. */
  stale: Ref<boolean>
  /** Reads on; after a failure what failed. */
  more: () => Promise<void>
  reload: () => Promise<void>
  /** Looks whether it is stale and leaves it as it is: nothing moves under who reads. */
  compare: () => Promise<void>
}

export interface Batch<Row> {
  rows: readonly Row[]
  /** What to pass on for more; null at the end. */
  next: string | null
}

/** A list that is read in batches, from the beginning again when a source changes. */
export function useListed<Row>(
  read: (from: string, signal: AbortSignal) => Promise<Batch<Row>>,
  sources: WatchSource[] = [],
): Listed<Row> {
  const rows = shallowRef<Row[]>([])
  const first = ref(true)
  const next = ref<string | null>(null)
  const hasMore = ref(false)
  const stale = ref(false)
  const error = shallowRef<DeskError | null>(null)
  const loading = ref(false)
  let asking = new AbortController()
  let asked = ''
  let known = ''

  async function fetch(from: string): Promise<void> {
    asking.abort()
    const mine = (asking = new AbortController())
    asked = from
    loading.value = true
    try {
      const batch = await read(from, mine.signal)
      if (mine.signal.aborted) return
      rows.value = from ? [...rows.value, ...batch.rows] : [...batch.rows]
      next.value = batch.next
      hasMore.value = batch.next !== null
      if (!from) {
        known = JSON.stringify(batch.rows)
        stale.value = false
      }
      error.value = null
      first.value = false
    } catch (failed) {
      if (mine.signal.aborted) return
      error.value = asDeskError(failed)
    } finally {
      if (mine === asking) loading.value = false
    }
  }

  async function compare(): Promise<void> {
    const begun = asking
    try {
      const batch = await read('', begun.signal)
      // what is being read, or was meanwhile, is as fresh
      if (begun !== asking || loading.value) return
      stale.value = JSON.stringify(batch.rows) !== known
    } catch (failed) {
      if (!begun.signal.aborted) asDeskError(failed)
    }
  }

  const reload = () => fetch('')
  const more = () => (error.value ? fetch(asked) : next.value === null ? Promise.resolve() : fetch(next.value))
  watch(sources, () => {
    first.value = true
    stale.value = false
    rows.value = []
    void reload()
  })
  onScopeDispose(() => asking.abort())
  void reload()
  return { rows, first, error, loading, hasMore, stale, more, reload, compare }
}

export interface Sending {
  busy: Ref<boolean>
  error: ShallowRef<DeskError | null>
  /** Does it, once at a time; whether it was done. */
  send: (act: () => Promise<unknown>) => Promise<boolean>
}

export function useSending(): Sending {
  const busy = ref(false)
  const error = shallowRef<DeskError | null>(null)

  async function send(act: () => Promise<unknown>): Promise<boolean> {
    if (busy.value) return false
    busy.value = true
    error.value = null
    try {
      await act()
      return true
    } catch (failed) {
      error.value = asDeskError(failed)
      return false
    } finally {
      busy.value = false
    }
  }

  return { busy, error, send }
}
