/**
 * What the gateway tells a desk of conversations, and readers that turn unknown JSON into it. Moments become
 * milliseconds since the epoch. As with a visitor's page, what is not known is passed over and never throws.
 */
import { readMessage } from '@/api/protocol'
import type { Message } from '@/api/protocol'
import { readAlarm, readAlarms } from './alarms'
import type { Alarm } from './alarms'
import type { Mark } from './marks'

export type OwnerKind = 'bot' | 'queue' | 'agent'

export interface Owner {
  kind: OwnerKind
  /** The person's user name. */
  id: string | null
  name: string | null
  since: number
  /** Why a person is asked for: asked, unsure, emergency, anger, rule. */
  reason: string
  urgent: boolean
  skill: string | null
  /** The code of the unit whose people answer first. */
  unit: string | null
  snoozed_until: number | null
}

/** A citizen as they may be told of; `citizenName` says it in words. */
export interface Marked {
  channel: string
  /** What tells them apart on their channel without telling who they are. */
  citizen: string
}

/** The last thing said. */
export interface Latest {
  /** Of the part, or the event's name; empty where the text says that, too. */
  kind: string
  text: string
  at: number
  direction: 'in' | 'out'
}

/** A conversation as lists show it. */
export interface Row extends Marked {
  id: string
  version: number
  contact_id: string
  owner: Owner
  waiting_since: number | null
  latest: Latest | null
  seq: number
  unread: number
  /** The conversation that it follows and is worked as one with. */
  merged_into: string | null
  /** When something last happened in what the bot has; else null. */
  heard_at: number | null
}

export interface Delivery {
  state: string
  code: string
  meaning: string
}

/** A message with what only staff is told of it. */
export interface DeskMessage extends Message {
  /** Rises with each change of what became of it. */
  version: number
  /** The user name of the person who said it. */
  by: string | null
  delivery: Delivery | null
}

/** What became of a message since it was told. */
export interface Outcome {
  seq: number
  version: number
  delivery: Delivery
}

export interface Note {
  id: string
  conversation_id: string
  /** The number of the message it was written after. */
  after: number
  author: string
  name: string
  text: string
  mentions: readonly string[]
  at: number
  /** What was done, where the note says that in place of a text. */
  act: 'merged' | 'separated' | null
  /** With whose conversation. */
  about: Marked | null
}

export interface Agent {
  username: string
  name: string
  state: 'available' | 'away'
  capacity: number
  skills: readonly string[]
  /** The code of theirs; empty for the people of the hotline. */
  unit: string
  connected: boolean
  load: number
}

export interface ThreadPage {
  messages: DeskMessage[]
  notes: Note[]
  seq: number
  read_by_citizen: number
}

export type Frame =
  | { type: 'welcome'; me: { username: string; leads: boolean }; state: Agent['state']; rows: Row[]; alarms: Alarm[]; now: number }
  | { type: 'rows'; rows: Row[]; gone: string[] }
  | { type: 'message'; conversation_id: string; message: DeskMessage }
  | { type: 'delivery'; conversation_id: string; outcome: Outcome }
  /** `row` is null when people have nothing to do with the conversation any more. */
  | { type: 'watched'; conversation_id: string; row: Row | null; read_by_citizen: number }
  | { type: 'note'; note: Note }
  | { type: 'mention'; note: Note; mark: Mark }
  | { type: 'undelivered'; mark: Mark }
  /** All that stand. */
  | { type: 'marks'; marks: Mark[] }
  /** At these notes and messages, by their ids. */
  | { type: 'looked'; ids: string[] }
  | { type: 'typing'; conversation_id: string }
  /** The platform lets us answer less often: a message from another conversation went there. */
  | { type: 'allowance'; conversation_id: string }
  | { type: 'ticket'; number: string; events: number; state: string }
  | { type: 'alarm'; alarm: Alarm }
  /** Those that stand now; and the one that somebody saw to, if that is why. */
  | { type: 'alarms'; alarms: Alarm[]; seenTo: Alarm | null }
  | { type: 'pong' }
  | { type: 'bye'; retryAfter: number }
  | { type: 'error'; code: string; message: string }

type Json = Record<string, unknown>

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

function named(value: unknown): string | null {
  return typeof value === 'string' && value ? value : null
}

function count(value: unknown): number {
  return typeof value === 'number' && value > 0 ? value : 0
}

function moment(value: unknown): number | null {
  const at = Date.parse(text(value))
  return Number.isNaN(at) ? null : at
}

function all<One>(value: unknown, read: (one: unknown) => One | null): One[] {
  return Array.isArray(value) ? value.map(read).filter((one) => one !== null) : []
}

export function readRow(value: unknown): Row | null {
  if (!isObject(value) || typeof value.id !== 'string' || !isObject(value.owner)) return null
  const { owner, latest } = value
  return {
    id: value.id,
    version: count(value.version),
    channel: text(value.channel),
    citizen: text(value.citizen),
    contact_id: text(value.contact_id),
    owner: {
      kind: owner.kind === 'queue' || owner.kind === 'agent' ? owner.kind : 'bot',
      id: named(owner.id),
      name: named(owner.name),
      since: moment(owner.since) ?? 0,
      reason: text(owner.reason),
      urgent: owner.urgent === true,
      skill: named(owner.skill),
      unit: named(owner.unit),
      snoozed_until: moment(owner.snoozed_until),
    },
    waiting_since: moment(value.waiting_since),
    latest: isObject(latest)
      ? { kind: text(latest.kind), text: text(latest.text), at: moment(latest.at) ?? 0, direction: latest.direction === 'out' ? 'out' : 'in' }
      : null,
    seq: count(value.seq),
    unread: count(value.unread),
    merged_into: named(value.merged_into),
    heard_at: moment(value.heard_at),
  }
}

export function readRows(value: unknown): Row[] {
  return all(value, readRow)
}

function readDelivery(value: unknown): Delivery | null {
  return isObject(value) ? { state: text(value.state), code: text(value.code), meaning: text(value.meaning) } : null
}

export function readDeskMessage(value: unknown): DeskMessage | null {
  const message = readMessage(value)
  if (!message || !isObject(value)) return null
  const { sender, delivery } = value
  return {
    ...message,
    version: count(value.version),
    by: isObject(sender) ? named(sender.id) : null,
    delivery: readDelivery(delivery),
  }
}

export function readNote(value: unknown): Note | null {
  if (!isObject(value) || typeof value.id !== 'string') return null
  return {
    id: value.id,
    conversation_id: text(value.conversation_id),
    after: count(value.after),
    author: text(value.author),
    name: text(value.name) || text(value.author),
    text: text(value.text),
    mentions: all(value.mentions, named),
    at: moment(value.at) ?? 0,
    act: value.act === 'merged' || value.act === 'separated' ? value.act : null,
    about: isObject(value.about) ? { channel: text(value.about.channel), citizen: text(value.about.citizen) } : null,
  }
}

function readMark(value: unknown): Mark | null {
  if (!isObject(value) || typeof value.id !== 'string') return null
  const row = readRow(value.row)
  return row && { id: value.id, kind: value.kind === 'undelivered' ? 'undelivered' : 'note', row }
}

export function readThread(value: unknown): ThreadPage {
  const page = isObject(value) ? value : {}
  return {
    messages: all(page.messages, readDeskMessage).sort((a, b) => a.seq - b.seq),
    notes: all(page.notes, readNote),
    seq: count(page.seq),
    read_by_citizen: count(page.read_by_citizen),
  }
}

/** One frame of the socket, or null when it is malformed or of a kind this page does not know. */
export function readFrame(data: unknown): Frame | null {
  let value: unknown
  try {
    value = typeof data === 'string' ? JSON.parse(data) : null
  } catch {
    return null
  }
  if (!isObject(value)) return null
  const conversation_id = text(value.conversation_id)
  switch (value.type) {
    case 'welcome': {
      const me = isObject(value.me) ? value.me : {}
      const agent = isObject(value.agent) ? value.agent : {}
      return {
        type: 'welcome',
        me: { username: text(me.username), leads: me.leads === true },
        state: agent.state === 'available' ? 'available' : 'away',
        rows: readRows(value.rows),
        alarms: readAlarms(value.alarms),
        now: moment(value.now) ?? 0,
      }
    }
    case 'rows':
      return { type: 'rows', rows: readRows(value.rows), gone: all(value.gone, named) }
    case 'message': {
      const message = readDeskMessage(value.message)
      return message && { type: 'message', conversation_id, message }
    }
    case 'delivery': {
      const delivery = readDelivery(value.delivery)
      return delivery && { type: 'delivery', conversation_id, outcome: { seq: count(value.seq), version: count(value.version), delivery } }
    }
    case 'watched':
      return { type: 'watched', conversation_id, row: readRow(value.row), read_by_citizen: count(value.read_by_citizen) }
    case 'note': {
      const note = readNote(value.note)
      return note && { type: 'note', note }
    }
    case 'mention': {
      const note = readNote(value.note)
      const mark = readMark({ id: note?.id, kind: 'note', row: value.row })
      return note && mark && { type: 'mention', note, mark }
    }
    case 'undelivered': {
      const mark = readMark({ ...value, kind: 'undelivered' })
      return mark && { type: 'undelivered', mark }
    }
    case 'marks':
      return { type: 'marks', marks: all(value.marks, readMark) }
    case 'looked':
      return { type: 'looked', ids: all(value.ids, named) }
    case 'typing':
    case 'allowance':
      return { type: value.type, conversation_id }
    case 'ticket':
      return { type: 'ticket', number: text(value.number), events: count(value.seq), state: text(value.state) }
    case 'alarm': {
      const alarm = readAlarm(value)
      return alarm && { type: 'alarm', alarm }
    }
    case 'alarms':
      return { type: 'alarms', alarms: readAlarms(value.alarms), seenTo: readAlarm(value.seen_to) }
    case 'pong':
      return { type: 'pong' }
    case 'bye':
      return { type: 'bye', retryAfter: count(value.retry_after) }
    case 'error':
      return { type: 'error', code: text(value.code), message: text(value.message) }
    default:
      return null
  }
}
