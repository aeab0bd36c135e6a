/** Other systems that are told of tickets, as the API shows them. */
import { names } from '../tickets/names'
import type { State } from '../tickets/model'
import { words } from './words'

export const TYPES = [
  'ticket.submitted',
  'ticket.dispatched',
  'ticket.signed',
  'ticket.replied',
  'ticket.callback',
  'ticket.answered',
  'ticket.declined',
  'ticket.merged',
  'ticket.closed',
  'ticket.archived',
  'ticket.changed',
] as const

export interface Webhook {
  id: string
  name: string
  url: string
  types: string[]
  confidential: boolean
  active: boolean
  why_inactive: string
  former_secret_until: string | null
  created_at: string
}

export interface WithSecret {
  webhook: Webhook
  secret: string
}

export interface Told {
  id: string
  event: string
  type: string
  occurred_at: string
  state: 'pending' | 'sending' | 'delivered' | 'failed'
  attempts: number
  tried_at: string | null
  next_at: string | null
  status: number | null
  error: string
}

/** What a ticket came to, or that something else about it changed. */
export function typeName(type: string): string {
  if (type === 'ticket.changed') return words.value.changedType
  if (type === 'webhook.ping') return words.value.testType
  const state = type.replace('ticket.', '')
  return state in names.value.states ? names.value.states[state as State] : type
}
