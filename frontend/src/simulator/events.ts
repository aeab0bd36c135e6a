/** What the simulator tells of a phone, read with care, and the events folded into what the phone shows. Pure. */

export type PhoneKind = 'wechat' | 'sms'

export interface Phone {
  id: string
  kind: PhoneKind
  /** The follower's name; an SMS phone's number. */
  name: string
  following: boolean
  optedOut: boolean
  reachable: boolean
  /** WeChat's menu as it was published, unread. */
  menu: unknown
}

export type From = 'me' | 'hotline' | 'platform'
export type Type = 'text' | 'image' | 'voice' | 'location' | 'event'
export type State = 'sending' | 'delivered' | 'failed'

export interface PhoneEvent {
  n: number
  /** Milliseconds since the epoch; 0 when it is not known. */
  at: number
  from: From
  type: Type
  text: string
  state: State | null
  reason: string
  /** The number of the event whose state this one changes. */
  of: number | null
}

/** One thing on the phone's screen, with the last state told of it. */
export type Entry = Omit<PhoneEvent, 'of'>

export interface Log {
  /** By number, each number once. */
  entries: readonly Entry[]
  /** The highest number read. */
  cursor: number
}

export const emptyLog: Log = { entries: [], cursor: 0 }

const FROM: readonly string[] = ['me', 'hotline', 'platform']
const TYPES: readonly string[] = ['text', 'image', 'voice', 'location', 'event']
const STATES: readonly string[] = ['sending', 'delivered', 'failed']

function record(value: unknown): Record<string, unknown> | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : null
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

/** Null for what is no phone. A field that is missing is taken as on a new phone. */
export function readPhone(body: unknown): Phone | null {
  const given = record(body)
  const kind = given?.kind
  if (!given || (kind !== 'wechat' && kind !== 'sms')) return null
  const id = text(given.id)
  if (!id) return null
  return {
    id,
    kind,
    name: text(given.name),
    following: given.following !== false,
    optedOut: given.opted_out === true,
    reachable: given.reachable !== false,
    menu: given.menu ?? null,
  }
}

function readEvent(value: unknown): PhoneEvent | null {
  const given = record(value)
  if (!given || typeof given.n !== 'number' || !Number.isSafeInteger(given.n) || given.n < 1) return null
  const at = Date.parse(text(given.at))
  return {
    n: given.n,
    at: Number.isNaN(at) ? 0 : at,
    from: FROM.includes(text(given.from)) ? (given.from as From) : 'platform',
    type: TYPES.includes(text(given.type)) ? (given.type as Type) : 'text',
    text: text(given.text),
    state: STATES.includes(text(given.state)) ? (given.state as State) : null,
    reason: text(given.reason),
    of: typeof given.of === 'number' ? given.of : null,
  }
}

/** The events of an answer, oldest first; what cannot be read is left out. */
export function readEvents(body: unknown): PhoneEvent[] {
  const given = record(body)?.events
  if (!Array.isArray(given)) return []
  return given
    .map(readEvent)
    .filter((event) => event !== null)
    .sort((a, b) => a.n - b.n)
}

/** The log with the events taken in. What was read before is not read again. */
export function fold(log: Log, events: readonly PhoneEvent[]): Log {
  const fresh = events.filter((event) => event.n > log.cursor)
  const last = fresh.at(-1)
  if (!last) return log
  const byNumber = new Map(log.entries.map((entry) => [entry.n, entry]))
  for (const { of, ...entry } of fresh) {
    if (of === null) {
      byNumber.set(entry.n, entry)
      continue
    }
    const changed = byNumber.get(of)
    if (changed) byNumber.set(of, { ...changed, state: entry.state ?? changed.state, reason: entry.reason })
  }
  return { entries: [...byNumber.values()], cursor: last.n }
}

export type Row = { kind: 'time'; key: string; at: number } | { kind: 'entry'; key: string; entry: Entry }

const GROUP_MS = 5 * 60_000

/** The entries with a time above each group. */
export function toRows(entries: readonly Entry[]): Row[] {
  const rows: Row[] = []
  let before = 0
  for (const entry of entries) {
    if (entry.at - before > GROUP_MS) rows.push({ kind: 'time', key: `t${entry.n}`, at: entry.at })
    rows.push({ kind: 'entry', key: `e${entry.n}`, entry })
    before = Math.max(before, entry.at)
  }
  return rows
}
