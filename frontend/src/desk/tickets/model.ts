/** A ticket as the desk's API shows it. */
import { api, segment } from '../api'
import type { Batch } from '../loading'
import type { Tone } from '../ui/Pill.vue'

export const KINDS = ['consultation', 'help', 'complaint', 'report', 'suggestion', 'praise'] as const
export type Kind = (typeof KINDS)[number]

export const OPEN = ['submitted', 'dispatched', 'signed', 'replied', 'callback'] as const
export const ENDED = ['answered', 'declined', 'merged', 'closed', 'archived'] as const
export type State = 'draft' | (typeof OPEN)[number] | (typeof ENDED)[number]

export type Verdict = 'satisfied' | 'fairly' | 'dissatisfied'
export type Colour = 'yellow' | 'red'
export type Asked = 'asked' | 'granted' | 'refused'

export interface Part {
  unit: string
  role: 'lead' | 'joint'
  at: string
  due: string
  sign_due: string
  signed_at: string | null
  contacted_at: string | null
  answered_at: string | null
  answer: string | null
}

export interface Card {
  id: string
  colour: Colour
  cause: string
  unit: string
  at: string
  stands: boolean
  appeal: Asked | null
}

/** A unit has to explain itself in writing, by a moment of its own. */
export interface Supervision {
  unit: string
  at: string
  due: string
  answered_at: string | null
  answer: string | null
  ended_at: string | null
}

/** The citizen is to be asked whether it is solved: since, and until when. */
export interface CallBack {
  at: string
  due: string
}

export interface Ticket {
  number: string
  kind: Kind
  state: State
  title: string
  matter: string
  happened: string
  place: { label: string; unit: string | null }
  category: string
  confidential: boolean
  urgent: boolean
  complex: boolean
  via: string
  filed_at: string
  unit: string | null
  round_at: string | null
  due: string | null
  limit: string
  round: number
  parts: Part[]
  reply: string | null
  call_back: CallBack | null
  return_asked: Asked | null
  extension_asked: Asked | null
  supervised: boolean
  supervision: Supervision | null
  cards: Card[]
  verdict: Verdict | null
  solved: boolean | null
  merged_into: string | null
  events: number
  moves: string[]
}

/** What a move settled; null is what it has none of. */
export interface Outcome {
  lead: string | null
  joint: string[]
  granted: boolean | null
  workdays: number | null
  declined: string | null
  reached: boolean | null
  solved: boolean | null
  verdict: Verdict | null
  card: Colour | null
  cause: string | null
  unit: string | null
  kind: Kind | null
  urgent: boolean | null
  complex: boolean | null
  confidential: boolean | null
}

export interface TicketEvent {
  seq: number
  at: string
  move: string
  actor: string
  unit: string | null
  reason: string
  note: string
  outcome: Outcome
  state: State
}

export interface Reporter {
  id: string
  main: boolean
  channel: string
  name: string
  phone: string
  at: string
  /** Where they wrote; null for whoever may not look into it. */
  conversation_id: string | null
}

/** A card with the ticket it is for. */
export interface GivenCard {
  id: string
  colour: Colour
  cause: string
  unit: string
  at: string
  due: string | null
  by: string
  reason: string
  stands: boolean
  appeal: { by: string; at: string; reason: string; state: Asked; answer: string | null } | null
  ticket: string
  title: string
}

interface Count {
  number: number
  more: boolean
}

/** What waits, of what somebody may see. */
export interface Counts {
  states: Record<(typeof OPEN)[number], Count>
  due_today: Count
  overdue: Count
  supervised: Count
}

/** What units are held to: as the lists of supervision have it, and appeals to be decided. */
export type Held = Record<'overdue' | 'supervised' | 'cards' | 'appeals', Count>

export interface Filed {
  number: string
  code: string
  ticket: Ticket
}

export interface TicketFile {
  id: string
  name: string
  content_type: string
  by: string
  unit: string | null
  public: boolean
}

export interface Suggestion {
  units: { unit: string; name: string; confidence: number }[]
  place: string
  town: { unit: string; name: string } | null
  towns: { unit: string; name: string }[]
}

interface TicketPage {
  tickets: Ticket[]
  next: string | null
}

export type Filters = Parameters<typeof api.get>[1]

/** Tickets that match, the latest first. */
export async function listed(filters: Filters, before: string, signal?: AbortSignal): Promise<Batch<Ticket>> {
  const page = await api.get<TicketPage>('/tickets', { ...filters, before }, signal)
  return { rows: page.tickets, next: page.next }
}

/** A unit's open work, what is due first. */
export async function work(unit: string, after: string, signal?: AbortSignal): Promise<Batch<Ticket>> {
  const page = await api.get<TicketPage>('/work', { unit, after, limit: 100 }, signal)
  return { rows: page.tickets, next: page.next }
}

/** What a unit was put under supervision for, whatever became of the matter; with those of the units below it. */
export async function supervised(unit: string, before: string, signal?: AbortSignal): Promise<Batch<Ticket>> {
  return listed({ unit, supervised: true, state: ['all'] }, before, signal)
}

/** Cards that match, or the appeals against them. */
export async function cards(
  which: 'cards' | 'appeals',
  filters: Filters,
  before: string,
  signal?: AbortSignal,
): Promise<Batch<GivenCard>> {
  const page = await api.get<{ cards: GivenCard[]; next: string | null }>(`/${which}`, { ...filters, before }, signal)
  return { rows: page.cards, next: page.next }
}

/** What can be added, by what the gateway takes. */
export const FILE_KINDS = '.jpg,.jpeg,.png,.gif,.webp,.pdf,.docx,.xlsx'
export const MOST_FILE_BYTES = 10 * 1024 * 1024

/** Keep a file with a ticket. forCitizen: they may see it; else it is for colleagues. */
export function addFile(number: string, file: File, forCitizen: boolean): Promise<TicketFile> {
  return api.upload<TicketFile>(`${path(number)}/attachments`, { public: forCitizen }, file)
}

/** 12, or 99+: with a plus when they were not all counted. */
export function counted(count: Count | undefined): string | undefined {
  if (!count || count.number === 0) return undefined
  return `${count.number}${count.more ? '+' : ''}`
}

export const path = (number: string) => `/tickets/${segment(number)}`

export const page = (number: string) => `/desk/tickets/${number}`

/** Waiting for somebody is grey, in somebody's hands blue, ended hollow. */
export function tone(state: State): Tone {
  if (state === 'signed') return 'blue'
  return (ENDED as readonly State[]).includes(state) ? 'hollow' : 'grey'
}

/** When the limit began that the ticket has now. */
export function since(ticket: Ticket): string {
  return ticket.round_at ?? ticket.filed_at
}

/** The supervision that a unit has still to answer. */
export function unanswered(ticket: Ticket): Supervision | null {
  const { supervision } = ticket
  return supervision && !supervision.answered_at && !supervision.ended_at ? supervision : null
}

/** The clock that runs, so that what is left of it means something: a unit's, or that of calling the citizen back. */
export function clock(ticket: Ticket): { due: string; since: string } | null {
  if (ticket.call_back) return { due: ticket.call_back.due, since: ticket.call_back.at }
  return ticket.due !== null && isWithUnit(ticket) ? { due: ticket.due, since: since(ticket) } : null
}

export function isWithUnit(ticket: Ticket): boolean {
  return ticket.state === 'dispatched' || ticket.state === 'signed'
}

/** The first unit's part of these that has one. */
export function partOf(ticket: Ticket, units: readonly string[]): Part | null {
  return ticket.parts.find((part) => units.includes(part.unit)) ?? null
}
