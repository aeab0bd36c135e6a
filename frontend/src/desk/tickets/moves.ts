/** What each move asks to be filled in, and what is then sent. Pure; the moves and their names are the API's. */
import type { Card, Ticket } from './model'
import { KINDS } from './model'

export type Value = string | boolean | readonly string[] | null
export type Values = Record<string, Value>

/**
 * One thing to fill in. as: how it is asked. when: only if this field has this value. first: what it begins with.
 */
export interface Particular {
  name: string
  as: 'text' | 'line' | 'unit' | 'units' | 'choice' | 'check' | 'days' | 'card'
  optional?: boolean
  most?: number
  options?: readonly string[]
  when?: readonly [name: string, value: Value]
  first?: Value
}

export interface MoveForm {
  particulars: readonly Particular[]
  /** It ends something, or goes against somebody's wish. */
  grave?: boolean
}

const reason: Particular = { name: 'reason', as: 'text', most: 1000 }
const text: Particular = { name: 'text', as: 'text', most: 4000 }
const grant: Particular = { name: 'grant', as: 'choice', options: ['true', 'false'] }

export const DECLINED = [
  'litigation',
  'arbitration',
  'discipline',
  'reconsideration',
  'disclosure',
  'petition',
  'secret',
  'private',
  'order',
] as const

/** What a ticket waits for, in the order of the buttons. */
const STEPS = [
  'sign',
  'dispatch',
  'approve',
  'decide_return',
  'decide_extension',
  'decide_appeal',
  'answer_supervision',
  'reply',
  'reply_jointly',
  'call_back',
  'contact',
  'answer',
  'send_back',
  'decline',
  'ask_return',
  'end_supervision',
] as const

/** What may be done besides. */
const BESIDES = [
  'ask_extension',
  'appeal',
  'close',
  'supervise',
  'give_card',
  'add_joint',
  'merge',
  'mark',
  'recuse',
  'note',
] as const

export type MoveName = (typeof STEPS)[number] | (typeof BESIDES)[number]

/** The possible moves this page knows, what the ticket waits for first. */
export function ordered(possible: readonly string[]): MoveName[] {
  return [...STEPS, ...BESIDES].filter((move) => possible.includes(move))
}

/** Whether a ticket waits for this. */
export function isStep(move: MoveName): boolean {
  return (STEPS as readonly MoveName[]).includes(move)
}

/** The cards a move can be about; null for one that is about none. own: the units of who moves. */
export function cardsFor(move: MoveName, ticket: Ticket, own: readonly string[]): Card[] | null {
  if (move === 'decide_appeal') return ticket.cards.filter((card) => card.appeal === 'asked')
  if (move === 'appeal') return ticket.cards.filter((card) => card.appeal === null && own.includes(card.unit))
  return null
}

export function formOf(move: MoveName, ticket: Ticket): MoveForm {
  switch (move) {
    case 'sign':
      return { particulars: [] }
    case 'dispatch':
      return {
        particulars: [
          { name: 'lead', as: 'unit' },
          { name: 'joint', as: 'units', optional: true, most: 10, first: [] },
          { name: 'mode', as: 'choice', options: ['function', 'territory', 'joint'], first: 'function' },
          { name: 'note', as: 'text', optional: true, most: 2000 },
        ],
      }
    case 'answer':
    case 'note':
    case 'reply_jointly':
    case 'answer_supervision':
      return { particulars: [text] }
    case 'reply': {
      const waiting = ticket.parts.some((part) => part.role === 'joint' && part.answered_at === null)
      return { particulars: waiting ? [text, { name: 'without_joint', as: 'check', first: false }] : [text] }
    }
    case 'decline':
      return {
        particulars: [
          { name: 'cause', as: 'choice', options: DECLINED },
          { name: 'words', as: 'text', optional: true, most: 1000 },
        ],
        grave: true,
      }
    case 'add_joint':
      return { particulars: [{ name: 'joint', as: 'units', most: 10, first: [] }, reason] }
    case 'approve':
      return { particulars: [{ ...text, first: ticket.reply }] }
    case 'send_back':
      return { particulars: [reason] }
    case 'call_back': {
      const reached = ['reached', 'true'] as const
      return {
        particulars: [
          { name: 'reached', as: 'choice', options: ['true', 'false'] },
          { name: 'solved', as: 'choice', options: ['true', 'false'], when: reached, optional: true },
          { name: 'verdict', as: 'choice', options: ['satisfied', 'fairly', 'dissatisfied'], when: reached, optional: true },
          { name: 'note', as: 'text', optional: true, most: 1000 },
        ],
      }
    }
    case 'merge':
      return { particulars: [{ name: 'into', as: 'line', most: 17 }, reason], grave: true }
    case 'mark':
      return {
        particulars: [
          { name: 'urgent', as: 'check', first: ticket.urgent },
          { name: 'complex', as: 'check', first: ticket.complex },
          { name: 'confidential', as: 'check', first: ticket.confidential },
          { name: 'kind', as: 'choice', options: KINDS, first: ticket.kind },
          reason,
        ],
      }
    case 'recuse':
      return { particulars: [{ name: 'person', as: 'line', most: 64 }, reason] }
    case 'decide_return':
    case 'decide_extension':
      return { particulars: [grant, reason] }
    case 'contact':
      return { particulars: [{ name: 'note', as: 'text', optional: true, most: 1000 }] }
    case 'ask_extension':
      return { particulars: [{ name: 'workdays', as: 'days', most: 10 }, reason] }
    case 'give_card':
      return { particulars: [{ name: 'colour', as: 'choice', options: ['yellow', 'red'] }, reason], grave: true }
    case 'appeal':
      return { particulars: [{ name: 'card', as: 'card' }, reason] }
    case 'decide_appeal':
      return { particulars: [{ name: 'card', as: 'card' }, grant, reason] }
    case 'close':
      return { particulars: [reason], grave: true }
    case 'ask_return':
    case 'supervise':
    case 'end_supervision':
      return { particulars: [reason] }
  }
}

/** What a form begins with. */
export function firstValues(form: MoveForm): Values {
  return Object.fromEntries(form.particulars.map((one) => [one.name, one.first ?? null]))
}

export function isAsked(particular: Particular, values: Values): boolean {
  return !particular.when || values[particular.when[0]] === particular.when[1]
}

function isEmpty(value: Value | undefined): boolean {
  return value === null || value === undefined || value === '' || (Array.isArray(value) && value.length === 0)
}

/** Names of what still has to be filled in. */
export function missing(form: MoveForm, values: Values): string[] {
  return form.particulars
    .filter((one) => !one.optional && one.as !== 'check' && isAsked(one, values))
    .filter((one) => isEmpty(typeof values[one.name] === 'string' ? (values[one.name] as string).trim() : values[one.name]))
    .map((one) => one.name)
}

function sent(particular: Particular, value: Value): unknown {
  if (typeof value !== 'string') return value
  if (particular.as === 'days') return Number(value)
  if (particular.options?.[0] === 'true') return value === 'true'
  return value.trim()
}

/** What is sent. Of a mark and of an approved reply only what was changed. */
export function bodyOf(move: MoveName, form: MoveForm, values: Values): Record<string, unknown> {
  const body: Record<string, unknown> = { move }
  const onlyChanged = move === 'mark' || move === 'approve'
  for (const one of form.particulars) {
    const value = values[one.name] ?? null
    if (!isAsked(one, values) || isEmpty(value)) continue
    if (onlyChanged && value === one.first) continue
    body[one.name] = sent(one, value)
  }
  return body
}
