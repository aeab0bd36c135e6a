/** What a shift leader looks at first. Pure. */
import type { Agent, Row } from '../conversations/protocol'
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

export interface Part {
  /** As `channel:sms`, `skill:en`, `unit:housing`. */
  name: string
  of: 'channel' | 'skill' | 'unit'
  key: string
  count: number
}

/** What the queue is made of, as far as that tells any apart: by channel, skill and unit. */
export function parts(queue: readonly Row[]): Part[] {
  const counts = new Map<string, Part>()
  for (const row of queue) {
    const own = { channel: row.channel, skill: row.owner.skill, unit: row.owner.unit }
    for (const [of, key] of Object.entries(own) as [Part['of'], string | null][]) {
      if (!key) continue
      const part = counts.get(`${of}:${key}`) ?? { name: `${of}:${key}`, of, key, count: 0 }
      counts.set(part.name, { ...part, count: part.count + 1 })
    }
  }
  return [...counts.values()].filter((part) => part.count < queue.length)
}

export function isOf(row: Row, part: string): boolean {
  return part === '' || [`channel:${row.channel}`, `skill:${row.owner.skill}`, `unit:${row.owner.unit}`].includes(part)
}

/** Those who take conversations first, then the others at their desks, then who is gone; the busiest on top. */
export function inOrder(agents: readonly Agent[]): Agent[] {
  const place = (agent: Agent): number => (takes(agent) ? 0 : agent.connected ? 1 : 2)
  return [...agents].sort(
    (a, b) => place(a) - place(b) || b.load / (b.capacity || 1) - a.load / (a.capacity || 1) || (a.username < b.username ? -1 : 1),
  )
}
