/** Canned replies, read the first time somebody looks one up. */
import { shallowRef } from 'vue'
import { api, DeskError } from '../api'
import type { Canned } from './composing'

export const canned = shallowRef<readonly Canned[]>([])

let asked = false

export async function readCanned(): Promise<void> {
  if (asked) return
  asked = true
  try {
    canned.value = (await api.get<{ replies: Canned[] }>('/canned')).replies
  } catch (error) {
    asked = false
    if (!(error instanceof DeskError)) throw error
  }
}
