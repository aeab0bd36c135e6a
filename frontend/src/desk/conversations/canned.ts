/** Canned replies, read when somebody looks one up. */
import { shallowRef } from 'vue'
import { api, DeskError } from '../api'
import type { Canned } from './composing'

/** Leaders change them while a desk stays open. */
const FRESH_MS = 60_000

export const canned = shallowRef<readonly Canned[]>([])

let askedAt = 0

/** Read them, unless that was lately. */
export async function readCanned(): Promise<void> {
  if (Date.now() - askedAt < FRESH_MS) return
  askedAt = Date.now()
  try {
    canned.value = (await api.get<{ replies: Canned[] }>('/canned')).replies
  } catch (error) {
    askedAt = 0
    if (!(error instanceof DeskError)) throw error
  }
}

/** After one of them was changed. */
export function forgetCanned(): void {
  askedAt = 0
}
