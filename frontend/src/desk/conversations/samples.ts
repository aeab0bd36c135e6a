/** Messages, notes and a browser's storage as tests need them. */
import type { DeskMessage, Note } from './protocol'

export const AT = Date.parse('2026-11-24T10:00:00+08:00')

/** What a citizen says at a number, a minute after the one before. */
export function message(seq: number, more: Partial<DeskMessage> = {}): DeskMessage {
  const direction = more.direction ?? 'in'
  return {
    id: `m${seq}`,
    seq,
    version: 1,
    direction,
    sender: { kind: direction === 'in' ? 'citizen' : 'agent', name: '' },
    parts: [{ type: 'text', text: `第${seq}句` }],
    at: AT + seq * 60_000,
    client_id: null,
    by: null,
    delivery: null,
    ...more,
  }
}

export function note(id: string, after: number, more: Partial<Note> = {}): Note {
  return {
    id,
    conversation_id: 'c',
    after,
    author: 'lin',
    name: '林小雨',
    text: '记一下',
    mentions: [],
    at: AT + after * 60_000 + 1_000,
    act: null,
    about: null,
    ...more,
  }
}

/** What a browser keeps; once it is closed, reading and writing throw. */
export class Kept {
  readonly items = new Map<string, string>()
  closed = false

  getItem(key: string): string | null {
    if (this.closed) throw new Error('closed')
    return this.items.get(key) ?? null
  }

  setItem(key: string, value: string): void {
    if (this.closed) throw new Error('closed')
    this.items.set(key, value)
  }
}
