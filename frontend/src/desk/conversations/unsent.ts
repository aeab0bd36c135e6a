/**
 * What a person has written and the gateway does not have yet: answers and notes, each conversation's in order.
 *
 * What cannot be reached is tried again by itself under the same client id, so it is said once; what was refused waits
 * for its writer. It lies in this tab's storage, so that a reload loses nothing.
 */
import { backoff } from '@/chat/backoff'
import { newClientId } from '@/chat/outbox'

export interface Unsent {
  clientId: string
  conversationId: string
  kind: 'answer' | 'note'
  text: string
  mentions: readonly string[]
  /** Milliseconds since the epoch. */
  at: number
  state: 'sending' | 'failed' | 'refused'
  /** Why it was refused. */
  why: string
}

/** What became of a try: it is stored, or cannot be reached now, or is refused. */
export type Outcome = { done: true } | { done: false; refused: boolean; why: string }

export type Keep = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>

export interface UnsentParts {
  /** Never throws. */
  post: (item: Unsent) => Promise<Outcome>
  onChange: (items: readonly Unsent[]) => void
  keep: Keep | null
  /** Whose it is: what somebody else wrote in this browser stays theirs. */
  owner: string
  random?: () => number
}

const PREFIX = 'yixian.desk.unsent.'

function isItem(value: unknown): value is Unsent {
  const item = value as Partial<Unsent> | null
  return typeof item?.clientId === 'string' && typeof item.conversationId === 'string' && typeof item.text === 'string'
}

export class Sending {
  private items: readonly Unsent[] = []
  private readonly busy = new Set<string>()
  private readonly tries = new Map<string, number>()
  private readonly timers = new Map<string, ReturnType<typeof setTimeout>>()

  constructor(private readonly parts: UnsentParts) {
    this.change(this.load().map((item) => (item.state === 'refused' ? item : { ...item, state: 'failed' })))
  }

  of(conversationId: string): Unsent[] {
    return this.items.filter((item) => item.conversationId === conversationId)
  }

  add(conversationId: string, kind: Unsent['kind'], text: string, mentions: readonly string[], now: number): void {
    const item = { clientId: newClientId(), conversationId, kind, text, mentions, at: now, why: '' }
    this.change([...this.items, { ...item, state: 'sending' }])
    void this.flush(conversationId)
  }

  /** Its writer asks for another try. */
  retry(clientId: string): void {
    const item = this.items.find((one) => one.clientId === clientId)
    if (!item) return
    this.mark(item, 'sending', '')
    this.flushNow(item.conversationId)
  }

  /** It came back from the gateway, or its writer gives it up. */
  remove(clientId: string): void {
    if (this.items.some((one) => one.clientId === clientId)) {
      this.change(this.items.filter((one) => one.clientId !== clientId))
    }
  }

  /** The gateway can be reached again: do now what waits for a timer. */
  wake(): void {
    this.tries.clear()
    for (const id of new Set(this.items.map((item) => item.conversationId))) this.flushNow(id)
  }

  private flushNow(conversationId: string): void {
    clearTimeout(this.timers.get(conversationId))
    void this.flush(conversationId)
  }

  /** One after the other; an answer that is refused holds up nothing. */
  private async flush(conversationId: string): Promise<void> {
    if (this.busy.has(conversationId)) return
    this.busy.add(conversationId)
    try {
      for (;;) {
        const item = this.of(conversationId).find((one) => one.state !== 'refused')
        if (!item) return
        this.mark(item, 'sending', '')
        const outcome = await this.parts.post(item)
        if (outcome.done) {
          this.tries.delete(conversationId)
          this.remove(item.clientId)
        } else if (outcome.refused) this.mark(item, 'refused', outcome.why)
        else {
          for (const waiting of this.of(conversationId)) if (waiting.state === 'sending') this.mark(waiting, 'failed', '')
          this.again(conversationId)
          return
        }
      }
    } finally {
      this.busy.delete(conversationId)
    }
  }

  private again(conversationId: string): void {
    const tries = (this.tries.get(conversationId) ?? 0) + 1
    this.tries.set(conversationId, tries)
    clearTimeout(this.timers.get(conversationId))
    const wait = backoff(tries, this.parts.random)
    this.timers.set(conversationId, setTimeout(() => void this.flush(conversationId), wait))
  }

  private mark(item: Unsent, state: Unsent['state'], why: string): void {
    this.change(this.items.map((one) => (one.clientId === item.clientId ? { ...one, state, why } : one)))
  }

  private change(items: readonly Unsent[]): void {
    this.items = items
    try {
      if (items.length) this.parts.keep?.setItem(PREFIX + this.parts.owner, JSON.stringify(items))
      else this.parts.keep?.removeItem(PREFIX + this.parts.owner)
    } catch {
      // Full or closed: it stays in memory and is still sent.
    }
    this.parts.onChange(items)
  }

  private load(): Unsent[] {
    try {
      const kept: unknown = JSON.parse(this.parts.keep?.getItem(PREFIX + this.parts.owner) ?? '[]')
      return Array.isArray(kept) ? kept.filter(isItem) : []
    } catch {
      return []
    }
  }
}
