/** The figures as the desk's API tells them. */
import { api } from '../api'
import type { Batch } from '../loading'
import type { State } from '../knowledge/model'
import type { Ticket } from '../tickets/model'

export const PERIODS = ['day', 'week', 'month'] as const
export type Period = (typeof PERIODS)[number]

export const WAYS = ['unit', 'channel', 'kind'] as const
/** What rows are by. */
export type Way = (typeof WAYS)[number]

export const REASONS = ['asked', 'unsure', 'emergency', 'anger', 'rule', 'taken'] as const
export type Reason = (typeof REASONS)[number]

export const CATEGORIES = ['answered', 'filed', 'elsewhere', 'silent', 'nuisance', 'other'] as const
/** What a conversation was about when an agent closed it. */
export type Category = (typeof CATEGORIES)[number]

export type Group = 'bot' | 'knowledge' | 'people' | 'tickets'
export type Measured = 'count' | 'share' | 'seconds' | 'workdays' | 'number'

export type FigureName =
  | 'contacts'
  | 'alone_share'
  | 'unanswered'
  | 'handed_over'
  | 'renewed_share'
  | 'connected_share'
  | 'waited_median'
  | 'waited_p90'
  | 'within_share'
  | 'per_person'
  | 'filed'
  | 'at_once_share'
  | 'declined'
  | 'dispatched'
  | 'signed_share'
  | 'on_time_share'
  | 'overdue'
  | 'returned_share'
  | 'yellow'
  | 'red'
  | 'withdrawn'
  | 'reached_share'
  | 'rated_share'
  | 'solved_share'
  | 'satisfied_share'
  | 'closed_once_share'
  | 'workdays'

export interface Amount {
  value: number | null
  /** How many it is told by, for what is not a count. */
  of: number | null
}

export interface Figure {
  name: FigureName
  group: Group
  measured: Measured
  amount: Amount
  before: Amount
  /** The fact that its tickets, or entries of the knowledge base, are found by. */
  opens: string | null
  /** That of what a share falls short by. */
  misses: string | null
}

export interface Row {
  key: string
  amounts: Partial<Record<FigureName, Amount>>
}

/** Days as `2026-11-26`. */
export interface Stretch {
  first: string
  last: string
  /** So many hours of the last day; null for all. */
  hours: number | null
}

export interface OfHour {
  hour: number
  counts: Record<'contacts' | 'filed' | 'queued' | 'answered', number>
  waited_median: number | null
  waited_p90: number | null
}

export interface OfDay {
  day: string
  counts: Partial<Record<'contacts' | 'filed' | 'dispatched' | 'finished' | 'overdue', number>>
}

export interface Report {
  asked: Stretch
  compared_with: Stretch
  summed_at: string | null
  figures: Figure[]
  by: Way
  rows: Row[]
  handed: Partial<Record<Reason, number>>
  closed: Partial<Record<Category, number>>
  hours: OfHour[]
  days: OfDay[]
}

/** What is looked at. on: a day in the period; empty for today. */
export interface Asked {
  period: Period
  on: string
  by: Way
}

export function report(asked: Asked, signal?: AbortSignal): Promise<Report> {
  return api.get<Report>('/figures', { ...asked }, signal)
}

export interface Behind {
  fact: string
  period: string
  on: string
  unit: string
  kind: string
  channel: string
}

/** The tickets a figure counted, the latest hour first. */
export async function behind(asked: Behind, before: string, signal?: AbortSignal): Promise<Batch<Ticket>> {
  const page = await api.get<{ tickets: Ticket[]; next: string | null }>('/figures/tickets', { ...asked, before }, signal)
  return { rows: page.tickets, next: page.next }
}

export interface Kept {
  id: string
  question: string
  unit: string
  /** The last day, as `2026-12-31`, or an instant. */
  valid_until: string
  /** How it is now; null when it has been deleted. */
  state: State | null
}

/** The entries that the upkeep of knowledge was told by, those that were to end last first. */
export async function entriesBehind(asked: Pick<Behind, 'fact' | 'period' | 'on' | 'unit'>, before: string, signal?: AbortSignal): Promise<Batch<Kept>> {
  const page = await api.get<{ entries: Kept[]; next: string | null }>('/figures/entries', { ...asked, before }, signal)
  return { rows: page.entries, next: page.next }
}
