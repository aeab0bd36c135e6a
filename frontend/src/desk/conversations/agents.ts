/** Who answers citizens besides oneself, read when somebody looks. */
import { ref, shallowRef } from 'vue'
import { api, DeskError } from '../api'
import type { Agent } from './protocol'

export const agents = shallowRef<readonly Agent[]>([])
export const agentsRead = ref(false)
/** Why they could not be read last. */
export const agentsUnread = shallowRef<DeskError | null>(null)

export async function readAgents(): Promise<void> {
  try {
    agents.value = (await api.get<{ agents: Agent[] }>('/agents')).agents
    agentsRead.value = true
    agentsUnread.value = null
  } catch (error) {
    // those known before stay
    if (!(error instanceof DeskError)) throw error
    agentsUnread.value = error
  }
}

/** A person's name; what they sign in with where it is not known. */
export function nameOf(username: string): string {
  return agents.value.find((one) => one.username === username)?.name ?? username
}
