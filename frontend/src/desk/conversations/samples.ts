/** Rows, messages and notes as tests need them. */
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
