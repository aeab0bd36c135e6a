/** Whether the channels and the stores are well, as the API has it. */
import type { Tone } from '../ui/Pill.vue'

export type Verdict = 'well' | 'slow' | 'trouble' | 'off'

export const OUTCOMES = ['sent', 'failed', 'uncertain', 'delayed', 'unreachable'] as const
export type Outcome = (typeof OUTCOMES)[number]

export interface Counted {
  number: number
  more: boolean
}

export interface Channel {
  channel: string
  account: string
  verdict: Verdict
  reasons: string[]
  configured: boolean
  missing: string[]
  delivers: boolean
  provider: string
  sender: string
  rate: number
  last_in: string | null
  last_out: string | null
  queued: Counted
  oldest_at: string | null
  hour: Record<Outcome, number> & { codes: { code: string; meaning: string; documentation: string; number: number }[] }
  failed: Counted
  uncertain: Counted
  left_alone: number
  next_try_in: number | null
  sockets: number | null
  token: { since: string | null; until: string } | null
  quota: { left: number; of: number } | null
}

export interface Store {
  name: string
  verdict: Verdict
  reasons: string[]
  took_ms: number | null
  cause: string
}

export interface Channels {
  at: string
  processes: number
  channels: Channel[]
  stores: Store[]
}

export const TONES: Record<Verdict, Tone> = { well: 'green', slow: 'amber', trouble: 'red', off: 'hollow' }

export function counted(of: Counted): string {
  return of.more ? `${of.number}+` : String(of.number)
}
