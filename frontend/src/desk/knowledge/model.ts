/** The knowledge base as the gateway tells it. */
import { api, segment } from '../api'

export type State = 'draft' | 'review' | 'published' | 'expired' | 'withdrawn'
export type Listed = State | 'expiring'
export type Move = 'submit' | 'send_back' | 'publish' | 'withdraw' | 'discard'
export type Did = 'import' | 'create' | 'edit' | 'similar' | 'remove' | Move
export type Kind = 'nothing' | 'unsure' | 'unhelpful'

export const LISTS: readonly Listed[] = ['draft', 'review', 'published', 'expiring', 'expired', 'withdrawn']

/** What an editor writes. */
export interface Content {
  question: string
  similar: string[]
  answer: string
  unit: string
  category: string
  source_note: string
  /** The last day, as `2027-12-31`, or an instant; null for no end. */
  valid_until: string | null
}

export interface Change extends Content {
  status: 'draft' | 'review'
}

export interface Entry extends Content {
  id: string
  version: number
  state: State
  pending: Change | null
  sample: boolean
  moves: Move[]
  /** One's own, that another editor has to publish. */
  held: boolean
  updated_at: string
  /** Empty for an import. */
  updated_by: string
  did: Did
  note: string
}

export interface Line {
  id: string
  question: string
  similar: number
  unit: string
  category: string
  state: State
  pending: 'draft' | 'review' | null
  sample: boolean
  valid_until: string | null
  updated_at: string
  updated_by: string
}

export interface EntryList {
  entries: Line[]
  next: string | null
  counts: Partial<Record<Listed, number>>
  total: number
  units: string[]
}

export interface Version {
  version: number
  at: string
  by: string
  did: Did
  note: string
  state: State
}

export interface Comparison {
  before: Entry
  after: Entry
  fields: string[]
}

export interface Trial {
  kind: 'sure' | 'unsure' | 'nothing'
  confidence: number
  ranked: { entry_id: string; question: string; answer: string; unit: string; score: number }[]
  intent: string
  says: { text: string; options: string[] }[]
}

export interface Near {
  entry_id: string
  /** Empty when the bot does not give the entry any more. */
  question: string
}

export interface Group {
  wordings: { text: string; ids: string[] }[]
  count: number
  latest_at: string
  kinds: Partial<Record<Kind, number>>
  unhelpful: Near[]
  near: Near[]
}

export interface Inbox {
  groups: Group[]
  total: number
  questions: number
}

export const FIELDS = ['question', 'similar', 'answer', 'unit', 'category', 'valid_until', 'source_note'] as const
export type Field = (typeof FIELDS)[number]

export function path(id: string): string {
  return `/kb/entries/${segment(id)}`
}

export function page(id: string): string {
  return `/desk/knowledge/entries/${segment(id)}`
}

/** What is worked on: the change of a published entry, else the entry itself. */
export function work(entry: Entry): Content {
  return content(entry.pending ?? entry)
}

export function content(from: Content): Content {
  const { question, similar, answer, unit, category, source_note, valid_until } = from
  return { question, similar: [...similar], answer, unit, category, source_note, valid_until }
}

export function blank(): Content {
  return { question: '', similar: [], answer: '', unit: '', category: '', source_note: '', valid_until: null }
}

export function same(one: Content, other: Content): boolean {
  return FIELDS.every((field) => JSON.stringify(one[field]) === JSON.stringify(other[field]))
}

/** One wording a line. */
export function lines(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean)
}

export const save = (entry: Entry, given: Content) => api.put<Entry>(path(entry.id), { ...given, version: entry.version })
export const move = (entry: Entry, name: Move, note: string) =>
  api.post<Entry>(`${path(entry.id)}/moves`, { move: name, version: entry.version, note })
