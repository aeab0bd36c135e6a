/** Lines of the audit log, as the API shows them and as a person reads them. */
import type { Kind } from '../tickets/model'
import { names } from '../tickets/names'
import { common } from '../words'
import { auditWords } from './auditWords'
import { limitWords } from './limitWords'
import { words } from './words'

export interface Line {
  id: string
  at: string
  actor: string
  action: string
  about: string
  reason: string
  more: Readonly<Record<string, unknown>>
}

const DONE: Readonly<Record<string, readonly string[]>> = {
  account: [
    'add',
    'change',
    'disable',
    'enable',
    'unlock',
    'password',
    'reset_password',
    'end_sessions',
    'totp_offer',
    'totp_confirm',
    'totp_remove',
  ],
  session: ['begin', 'end', 'refused'],
  unit: ['add', 'change', 'retire', 'restore'],
  calendar: ['put'],
  limits: ['put'],
  webhook: ['add', 'change', 'disable', 'enable', 'rotate', 'remove', 'ping', 'redeliver', 'gone'],
  delivery: ['retry', 'drop'],
  canned: ['add', 'change', 'remove'],
  knowledge: ['create', 'edit', 'similar', 'submit', 'send_back', 'publish', 'withdraw', 'discard', 'remove', 'dismiss'],
  ticket: ['look'],
  tickets: ['export', 'exported'],
  reveal: ['name', 'phone', 'id_number'],
  contact: ['undo'],
}

/** Before the kind whose limit it is. */
const OF_KIND = 'finish.'

/** All that is written down, in the order of what it is done to. */
export const ACTIONS: readonly string[] = Object.entries(DONE).flatMap(([subject, verbs]) => verbs.map((verb) => `${subject}.${verb}`))

/** `account.add` in words. */
export function said(action: string): string {
  const w = auditWords.value
  const [subject = '', verb = ''] = action.split('.')
  return [w.subjects[subject] ?? subject, w.verbs[verb] ?? verb].filter(Boolean).join(' · ')
}

/** Why; a sign-in that was refused has a code there. */
export function why(line: Line): string {
  return line.action === 'session.refused' ? (auditWords.value.refusals[line.reason] ?? line.reason) : line.reason
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function name(field: string): string {
  if (field.startsWith(OF_KIND)) return names.value.kinds[field.slice(OF_KIND.length) as Kind]
  const limits: Readonly<Record<string, string>> = limitWords.value.names
  return auditWords.value.details[field] ?? limits[field] ?? field
}

/** A value in words: lists and records by their parts, what has a name by it. */
function told(value: unknown): string {
  const w = auditWords.value
  if (value === null || value === undefined || value === '') return common.value.none
  if (typeof value === 'boolean') return value ? w.yes : w.no
  if (Array.isArray(value)) return value.map(told).join(common.value.listed) || common.value.none
  if (isRecord(value)) return Object.entries(value).map(([field, one]) => `${name(field)} ${told(one)}`).join(common.value.listed)
  const text = String(value)
  const known: Readonly<Record<string, string>> = { ...common.value.roles, ...words.value.unitKinds, ...words.value.deliveryStates, ...w.values }
  return Object.hasOwn(known, text) ? (known[text] ?? text) : text
}

type Change = readonly [field: string, was: unknown, is: unknown]

/** A day of the calendar, written as whether it is worked and which holiday it belongs to. */
function day(value: unknown): unknown {
  if (!Array.isArray(value)) return value
  return [value[0] ? words.value.workday : words.value.holiday, value[1]].filter(Boolean).join(' ')
}

/** Field by field: from what it was and is as a whole, or from JSON that has both for each field. */
function changes({ action, more }: Line): Change[] {
  const { before, after } = more
  const read = action === 'calendar.put' ? day : (value: unknown) => value
  const both: unknown = typeof more.changes === 'string' ? JSON.parse(more.changes) : null
  if (isRecord(both)) {
    return Object.entries(both).map(([field, pair]): Change => (Array.isArray(pair) ? [field, read(pair[0]), read(pair[1])] : [field, undefined, pair]))
  }
  if (!isRecord(after)) return []
  const was = isRecord(before) ? before : {}
  return Object.entries(after)
    .filter(([field, is]) => JSON.stringify(is) !== JSON.stringify(was[field]))
    .map(([field, is]): Change => [field, was[field], is])
}

/** What else is known, one thing a line. */
export function details(line: Line): string[] {
  const rest = Object.entries(line.more).filter(([field, value]) => field === 'filters' || (field !== 'changes' && !isRecord(value)))
  return [
    ...changes(line).map(([field, was, is]) => `${name(field)} ${was === undefined ? '' : `${told(was)} → `}${told(is)}`),
    ...rest.map(([field, value]) => `${name(field)} ${told(value)}`),
  ]
}
