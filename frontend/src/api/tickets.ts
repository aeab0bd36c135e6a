/** The citizen API's tickets: file one, look one up, add to it, rate it; with lenient readers, as in `protocol.ts`. */
import { CallError, Client } from './client'

export const KINDS = ['consultation', 'help', 'complaint', 'report', 'suggestion', 'praise'] as const
export type Kind = (typeof KINDS)[number]

export const VERDICTS = ['satisfied', 'fairly', 'dissatisfied'] as const
export type Verdict = (typeof VERDICTS)[number]

export interface Step {
  /** Milliseconds since the epoch. */
  at: number
  text: string
}

export interface Ticket {
  number: string
  kind: Kind
  title: string
  state: string
  /** How far it is, who has it now. */
  stage: string
  /** What happened, the oldest first. */
  story: Step[]
  /** What comes, and by when; empty when nothing does. */
  next: string
  /** What was answered; empty until it is. */
  reply: string
  open: boolean
  mayRate: boolean
  /** What to call at once, when what was just added to it sounds like danger; else empty. */
  emergency: string
}

export interface Filed {
  number: string
  code: string
  /** What to call at once, when what was told sounds like danger; else empty. */
  emergency: string
}

export interface TicketRequest {
  client_id: string
  kind: Kind
  matter: string
  happened: string
  place: { label: string; latitude: number | null; longitude: number | null }
  name: string
  phone: string
  confidential: boolean
  attachments: string[]
}

export interface Rating {
  code: string
  solved: boolean
  verdict: Verdict
  words: string
}

export interface Supplement {
  client_id: string
  code: string
  words: string
  attachments: string[]
}

type Json = Record<string, unknown>

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

function readStep(value: unknown): Step[] {
  if (!isObject(value)) return []
  const at = Date.parse(text(value.at))
  return Number.isNaN(at) ? [] : [{ at, text: text(value.text) }]
}

/** A ticket, or null when the value cannot be one (no number). */
export function readTicket(value: unknown): Ticket | null {
  if (!isObject(value) || !text(value.number)) return null
  return {
    number: text(value.number),
    kind: KINDS.find((kind) => kind === value.kind) ?? 'help',
    title: text(value.title),
    state: text(value.state),
    stage: text(value.stage),
    story: Array.isArray(value.story) ? value.story.flatMap(readStep) : [],
    next: text(value.next),
    reply: text(value.reply),
    open: value.open === true,
    mayRate: value.may_rate === true,
    emergency: text(value.emergency),
  }
}

export class TicketsClient extends Client {
  /** File a ticket. Repeating a `client_id` gives the ticket filed before, with the same number and code. */
  async file(token: string, request: TicketRequest): Promise<Filed> {
    const filed = await this.json('POST', '/tickets', token, request)
    if (!isObject(filed) || !text(filed.number) || !text(filed.code)) throw new CallError('unreachable', 'bad_answer', '')
    return { number: text(filed.number), code: text(filed.code), emergency: text(filed.emergency) }
  }

  /** The visitor's own tickets, the latest first. */
  async mine(token: string): Promise<Ticket[]> {
    const found = await this.json('GET', '/tickets', token, null)
    const tickets = isObject(found) && Array.isArray(found.tickets) ? found.tickets : []
    return tickets.map(readTicket).filter((ticket) => ticket !== null)
  }

  /** token: of the visitor who told it, who needs no code. Throws `CallError('refused', 'not_found')`. */
  async progress(token: string | null, number: string, code: string): Promise<Ticket> {
    const query = code ? `?code=${encodeURIComponent(code)}` : ''
    return this.ticket(await this.json('GET', `/tickets/${encodeURIComponent(number)}${query}`, token, null))
  }

  async rate(token: string | null, number: string, rating: Rating): Promise<Ticket> {
    return this.ticket(await this.json('POST', `/tickets/${encodeURIComponent(number)}/rating`, token, rating))
  }

  /** Add to a ticket. Repeating a `client_id` adds nothing more. */
  async supplement(token: string | null, number: string, supplement: Supplement): Promise<Ticket> {
    return this.ticket(await this.json('POST', `/tickets/${encodeURIComponent(number)}/supplements`, token, supplement))
  }

  /** Towns and parks. */
  async places(): Promise<string[]> {
    const named = await this.json('GET', '/places', null, null)
    const places = isObject(named) && Array.isArray(named.places) ? named.places : []
    return places.filter((place): place is string => typeof place === 'string' && place !== '')
  }

  private ticket(answer: unknown): Ticket {
    const ticket = readTicket(answer)
    if (!ticket) throw new CallError('unreachable', 'bad_answer', '')
    return ticket
  }
}
