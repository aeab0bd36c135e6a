/** What a shift leader looks at first. Pure. */
import type { Agent } from '../conversations/protocol'
import type { Rows } from '../conversations/rows'

export interface Figures {
  waiting: number
  /** Milliseconds the first in the queue has waited; null when nobody does. */
  longest: number | null
  inHand: number
  available: number
  /** Conversations that those who are available could still be given. */
  room: number
}

function takes(agent: Agent): boolean {
  return agent.connected && agent.state === 'available'
}

export function figures(rows: Rows, agents: readonly Agent[], now: number): Figures {
  const all = [...rows.values()]
  const waiting = all.filter((row) => row.owner.kind === 'queue')
  const takers = agents.filter(takes)
  return {
    waiting: waiting.length,
    longest: waiting.length ? now - Math.min(...waiting.map((row) => row.owner.since)) : null,
    inHand: all.filter((row) => row.owner.kind === 'agent').length,
    available: takers.length,
    room: takers.reduce((sum, agent) => sum + Math.max(0, agent.capacity - agent.load), 0),
  }
}

/** Those who take conversations first, then the others at their desks, then who is gone; the busiest on top. */
export function inOrder(agents: readonly Agent[]): Agent[] {
  const place = (agent: Agent): number => (takes(agent) ? 0 : agent.connected ? 1 : 2)
  return [...agents].sort(
    (a, b) => place(a) - place(b) || b.load / (b.capacity || 1) - a.load / (a.capacity || 1) || (a.username < b.username ? -1 : 1),
  )
}
