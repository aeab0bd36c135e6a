/**
 * The chat in a frame of another site, where a button opens and closes it (`src/widget`). The button tells the page
 * whether it is shown; the page tells the button how many answers nobody has seen, and nothing else.
 */
import { ref, watch } from 'vue'
import type { Chat } from './useChat'
import { inBrowser } from '@/api/keeping'

const FRAMED = window.parent !== window
const SEEN = 'yixian.chat.seen'

/** Where links to other pages of ours open: not in a frame that shows the chat alone. */
export const pageTarget = FRAMED ? '_blank' : undefined

const shown = ref(true)

/** Somebody may be looking: the page is in front, and its frame, if it is in one, is open. */
export function isInView(): boolean {
  return document.visibilityState === 'visible' && shown.value
}

/** Call when it may have come into view. Returns what ends that. */
export function onView(call: () => void): () => void {
  document.addEventListener('visibilitychange', call)
  const stop = watch(shown, call)
  return () => {
    document.removeEventListener('visibilitychange', call)
    stop()
  }
}

/** Keep the button around the frame informed, if there is one. */
export function followFrame({ state }: Chat): void {
  if (!FRAMED) return
  window.addEventListener('message', (event: MessageEvent<unknown>) => {
    if (event.source !== window.parent) return
    const told = event.data as { yixian?: unknown; shown?: unknown } | null
    if (told?.yixian === 'shown') shown.value = told.shown === true
  })
  // the number of the last message seen in a frame: the site's next page counts from there
  let seen = Number(inBrowser.get(SEEN))
  watch(
    [() => state.value.timeline.messages, shown],
    ([messages]) => {
      const last = messages.at(-1)?.seq
      if (shown.value && last !== undefined && last !== seen) {
        seen = last
        inBrowser.set(SEEN, String(seen))
      }
      const unread = messages.filter((message) => message.direction === 'out' && message.seq > seen).length
      // Which site it is cannot be known here; only listed ones may frame this page.
      window.parent.postMessage({ yixian: 'unread', unread }, '*')
    },
    { immediate: true },
  )
}
