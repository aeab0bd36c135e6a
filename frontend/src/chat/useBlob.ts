/** A stored file as an object URL, fetched with the visitor's token and let go with the component. */
import { onBeforeUnmount, ref } from 'vue'
import type { Ref } from 'vue'
import type { Chat } from './useChat'

export type BlobState = 'idle' | 'fetching' | 'here' | 'failed'

export function useBlob(chat: Chat): {
  url: Ref<string>
  state: Ref<BlobState>
  fetchBlob: (id: string | undefined) => Promise<void>
} {
  const url = ref('')
  const state = ref<BlobState>('idle')
  let gone = false

  async function fetchBlob(id: string | undefined): Promise<void> {
    if (state.value === 'fetching' || state.value === 'here') return
    if (!id) {
      state.value = 'failed'
      return
    }
    state.value = 'fetching'
    try {
      const blob = await chat.line.blob(id)
      if (gone) return
      url.value = URL.createObjectURL(blob)
      state.value = 'here'
    } catch {
      state.value = 'failed'
    }
  }

  onBeforeUnmount(() => {
    gone = true
    if (url.value) URL.revokeObjectURL(url.value)
  })
  return { url, state, fetchBlob }
}
