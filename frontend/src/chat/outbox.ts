/**
 * What the citizen has said and the gateway has not yet stored, in the order it was said.
 *
 * Each item lies under its own key in the browser's storage, so that two pages open side by side never overwrite each
 * other's, and a reload loses nothing. A repeated send is harmless (the client id is the message's identity), so an
 * item found at start is simply sent again. Where storage is closed to us (private windows), memory has to do.
 */
import type { SentPart } from '@/api/protocol'

export type Content =
  | { kind: 'text'; text: string }
  /** `label` is what to show while it waits. */
  | { kind: 'parts'; parts: SentPart[]; label: string }
  /** A file not yet uploaded; its bytes lie in `Files` under the client id. */
  | { kind: 'file'; name: string; contentType: string; size: number }

/**
 * `failed` is tried again by itself; `refused` only when the citizen asks for it; `stored` is safe at the gateway and
 * goes when the stream brings it.
 */
export type PendingState = 'waiting' | 'sending' | 'failed' | 'refused' | 'stored'

export interface Pending {
  clientId: string
  /** Milliseconds since the epoch. */
  at: number
  content: Content
  state: PendingState
  /** The gateway's code, when refused. */
  code: string
}

export type Keep = Pick<Storage, 'getItem' | 'setItem' | 'removeItem' | 'key' | 'length'>

const PREFIX = 'yixian.outbox.'

/** A random identity; also where `crypto.randomUUID` is missing (pages not served over https). */
export function newClientId(): string {
  if (typeof crypto.randomUUID === 'function') return crypto.randomUUID()
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

function readItem(stored: string | null): Pending | null {
  if (stored === null) return null
  try {
    const item = JSON.parse(stored) as Partial<Pending>
    const kind = item.content?.kind
    if (typeof item.clientId !== 'string' || typeof item.at !== 'number') return null
    if (!item.content || (kind !== 'text' && kind !== 'parts' && kind !== 'file')) return null
    return { clientId: item.clientId, at: item.at, content: item.content, state: 'waiting', code: '' }
  } catch {
    return null
  }
}

export class Outbox {
  private items: Pending[] = []

  constructor(private readonly keep: Keep | null) {
    for (const key of this.keys()) {
      const item = readItem(this.read(key))
      if (item) this.items.push(item)
    }
    this.items.sort((a, b) => a.at - b.at)
  }

  list(): readonly Pending[] {
    return this.items
  }

  add(content: Content, now: number): Pending {
    // Strictly later than the item before, so that the order survives a reload.
    const at = Math.max(now, (this.items.at(-1)?.at ?? 0) + 1)
    const item: Pending = { clientId: newClientId(), at, content, state: 'waiting', code: '' }
    this.items = [...this.items, item]
    this.write(item)
    return item
  }

  /** The next to send. */
  next(): Pending | null {
    return this.items.find((item) => item.state !== 'refused' && item.state !== 'stored') ?? null
  }

  has(clientId: string): boolean {
    return this.items.some((item) => item.clientId === clientId)
  }

  mark(clientId: string, state: PendingState, code = ''): void {
    this.items = this.items.map((item) => (item.clientId === clientId ? { ...item, state, code } : item))
  }

  /** Nothing gets through at present: what waits has failed for now. */
  markAllFailed(): void {
    this.items = this.items.map((item) =>
      item.state === 'refused' || item.state === 'stored' ? item : { ...item, state: 'failed' },
    )
  }

  /** The content in a later form: a file becomes a part once it is uploaded. */
  replaceContent(clientId: string, content: Content): void {
    this.items = this.items.map((item) => (item.clientId === clientId ? { ...item, content } : item))
    const item = this.items.find((one) => one.clientId === clientId)
    if (item) this.write(item)
  }

  remove(clientId: string): void {
    const item = this.items.find((one) => one.clientId === clientId)
    if (!item) return
    this.items = this.items.filter((one) => one !== item)
    try {
      this.keep?.removeItem(this.keyOf(item))
    } catch {
      // Storage is closed to us; memory is already right.
    }
  }

  private keyOf(item: Pending): string {
    return `${PREFIX}${item.clientId}`
  }

  private keys(): string[] {
    const keys: string[] = []
    try {
      for (let i = 0; i < (this.keep?.length ?? 0); i += 1) {
        const key = this.keep?.key(i)
        if (key?.startsWith(PREFIX)) keys.push(key)
      }
    } catch {
      return []
    }
    return keys
  }

  private read(key: string): string | null {
    try {
      return this.keep?.getItem(key) ?? null
    } catch {
      return null
    }
  }

  private write(item: Pending): void {
    try {
      this.keep?.setItem(this.keyOf(item), JSON.stringify({ clientId: item.clientId, at: item.at, content: item.content }))
    } catch {
      // Full or closed: the item stays in memory and is still sent.
    }
  }
}
