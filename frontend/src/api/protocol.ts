/**
 * What the gateway and a visitor's page say to each other, and readers that turn unknown JSON into it.
 *
 * The readers are lenient on purpose: a part or frame of a kind this page does not know becomes `unknown` or null and
 * is shown as nothing or as a quiet line; it never throws, so that an older page survives a newer gateway.
 */

export interface Media {
  blob_id?: string
  name?: string
  content_type?: string
  size?: number
}

export interface Option {
  key: string
  label: string
}

export type Part =
  | { type: 'text'; text: string }
  | { type: 'image'; media: Media }
  | { type: 'file'; media: Media }
  | { type: 'video'; media: Media }
  | { type: 'voice'; media: Media; recognition: string }
  | { type: 'location'; latitude: number; longitude: number; label: string }
  | { type: 'link'; url: string; title: string; description: string }
  | { type: 'choices'; prompt: string; options: Option[] }
  | { type: 'event'; name: string }
  | { type: 'unknown' }

/** Parts a visitor may send besides plain text. */
export type SentPart =
  | { type: 'image' | 'file'; media: { blob_id: string } }
  | { type: 'location'; latitude: number; longitude: number; label: string }

export type SenderKind = 'citizen' | 'bot' | 'agent' | 'system'

export interface Message {
  id: string
  /** Number in the conversation, from 1. */
  seq: number
  direction: 'in' | 'out'
  sender: { kind: SenderKind; name: string }
  parts: Part[]
  /** Milliseconds since the epoch. */
  at: number
  client_id: string | null
}

export interface Session {
  token: string
  contact_id: string
  conversation_id: string
  /** Number of the conversation's last message; 0 when it is empty. */
  seq: number
  read: { citizen: number; staff: number }
}

export type Owner = 'bot' | 'queue' | 'agent'

export type Frame =
  | { type: 'welcome'; seq: number; owner: Owner }
  | { type: 'message'; message: Message }
  | { type: 'typing'; who: 'bot' | 'agent' }
  | { type: 'read'; seq: number }
  | { type: 'owner'; owner: Owner; ahead: number | null }
  | { type: 'notice'; text: string }
  | { type: 'error'; code: string; message: string }
  | { type: 'bye'; retryAfter: number }
  | { type: 'pong' }

type Json = Record<string, unknown>

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

function count(value: unknown): number {
  return typeof value === 'number' && Number.isFinite(value) && value > 0 ? value : 0
}

function readMedia(value: unknown): Media {
  if (!isObject(value)) return {}
  const media: Media = {}
  if (typeof value.blob_id === 'string' && value.blob_id) media.blob_id = value.blob_id
  if (typeof value.name === 'string' && value.name) media.name = value.name
  if (typeof value.content_type === 'string') media.content_type = value.content_type
  if (typeof value.size === 'number') media.size = value.size
  return media
}

function readOptions(value: unknown): Option[] {
  if (!Array.isArray(value)) return []
  return value.flatMap((option: unknown) =>
    isObject(option) && typeof option.key === 'string' && typeof option.label === 'string'
      ? [{ key: option.key, label: option.label }]
      : [],
  )
}

function readPart(value: unknown): Part {
  if (!isObject(value)) return { type: 'unknown' }
  switch (value.type) {
    case 'text':
      return { type: 'text', text: text(value.text) }
    case 'image':
    case 'file':
    case 'video':
      return { type: value.type, media: readMedia(value.media) }
    case 'voice':
      return { type: 'voice', media: readMedia(value.media), recognition: text(value.recognition) }
    case 'location': {
      const { latitude, longitude } = value
      if (typeof latitude !== 'number' || typeof longitude !== 'number') return { type: 'unknown' }
      return { type: 'location', latitude, longitude, label: text(value.label) }
    }
    case 'link':
      return { type: 'link', url: text(value.url), title: text(value.title), description: text(value.description) }
    case 'choices':
      return { type: 'choices', prompt: text(value.prompt), options: readOptions(value.options) }
    case 'event':
      return { type: 'event', name: text(value.name) }
    default:
      return { type: 'unknown' }
  }
}

/** A stored message, or null when the value cannot be one (no id or number). */
export function readMessage(value: unknown): Message | null {
  if (!isObject(value) || typeof value.id !== 'string' || count(value.seq) === 0) return null
  const sender = isObject(value.sender) ? value.sender : {}
  const direction = value.direction === 'in' ? 'in' : 'out'
  const kind = sender.kind
  const at = Date.parse(text(value.at))
  return {
    id: value.id,
    seq: count(value.seq),
    direction,
    sender: {
      kind:
        kind === 'citizen' || kind === 'bot' || kind === 'agent' || kind === 'system'
          ? kind
          : direction === 'in'
            ? 'citizen'
            : 'system',
      name: text(sender.name),
    },
    parts: Array.isArray(value.parts) ? value.parts.map(readPart) : [],
    at: Number.isNaN(at) ? 0 : at,
    client_id: typeof value.client_id === 'string' ? value.client_id : null,
  }
}

export function readMessages(value: unknown): Message[] {
  return Array.isArray(value) ? value.map(readMessage).filter((message) => message !== null) : []
}

/** How far each side has read. */
export function readSeen(value: unknown): { citizen: number; staff: number } {
  const seen = isObject(value) ? value : {}
  return { citizen: count(seen.citizen), staff: count(seen.staff) }
}

export function readSession(value: unknown): Session | null {
  if (!isObject(value) || typeof value.token !== 'string' || !value.token) return null
  return {
    token: value.token,
    contact_id: text(value.contact_id),
    conversation_id: text(value.conversation_id),
    seq: count(value.seq),
    read: readSeen(value.read),
  }
}

export function readOwner(value: unknown): Owner {
  return value === 'queue' || value === 'agent' ? value : 'bot'
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
  switch (value.type) {
    case 'welcome':
      return { type: 'welcome', seq: count(value.seq), owner: readOwner(value.owner) }
    case 'message': {
      const message = readMessage(value.message)
      return message && { type: 'message', message }
    }
    case 'typing':
      return { type: 'typing', who: value.who === 'agent' ? 'agent' : 'bot' }
    case 'read':
      return { type: 'read', seq: count(value.seq) }
    case 'owner':
      return {
        type: 'owner',
        owner: readOwner(value.owner),
        ahead: typeof value.ahead === 'number' ? value.ahead : null,
      }
    case 'notice':
      return { type: 'notice', text: text(value.text) }
    case 'error':
      return { type: 'error', code: text(value.code), message: text(value.message) }
    case 'bye':
      return { type: 'bye', retryAfter: count(value.retry_after) }
    case 'pong':
      return { type: 'pong' }
    default:
      return null
  }
}
