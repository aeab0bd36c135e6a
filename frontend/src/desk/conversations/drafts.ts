/**
 * What is half written: in this tab at once, at the gateway a moment later, so that it is there on another computer.
 * What the tab has wins over what the gateway has.
 */
import { api, DeskError } from '../api'
import type { Unsent } from './unsent'
import { inTab } from '@/api/keeping'

const PREFIX = 'yixian.desk.draft.'
const KEEP_MS = 1_500

const timers = new Map<string, number>()

function keyOf(conversationId: string, kind: Unsent['kind']): string {
  return `${PREFIX}${kind}.${conversationId}`
}

/** Null when this tab has none. */
export function draftHere(conversationId: string, kind: Unsent['kind']): string | null {
  return inTab.get(keyOf(conversationId, kind))
}

export function keepDraft(conversationId: string, kind: Unsent['kind'], text: string): void {
  const key = keyOf(conversationId, kind)
  // an empty one is kept too, so that an older one at the gateway does not come back
  inTab.set(key, text)
  clearTimeout(timers.get(key))
  timers.set(
    key,
    window.setTimeout(() => void put(conversationId, kind, text), KEEP_MS),
  )
}

async function put(conversationId: string, kind: Unsent['kind'], text: string): Promise<void> {
  try {
    await api.put(`/conversations/${conversationId}/draft`, { kind, text })
    // neither has one: what is begun elsewhere may be seen here
    if (!text && draftHere(conversationId, kind) === '') inTab.drop(keyOf(conversationId, kind))
  } catch (error) {
    // it is kept here, and again with the next word
    if (!(error instanceof DeskError)) throw error
  }
}
