import { describe, expect, it } from 'vitest'
import { isSteady, lineOf, toLines } from './log'
import type { Line } from './log'
import { AT, message, note } from './samples'
import { begun, earlier } from './thread'

const thread = (messages = [message(1)], notes = [note('a', 1)], read = 0) =>
  begun({ messages, notes, seq: messages.at(-1)?.seq ?? 0, read_by_citizen: read })
const kinds = (lines: readonly Line[]) => lines.map((line) => line.kind).join(' ')
const unsent = { clientId: 'x1', conversationId: 'c', kind: 'answer', text: '好', mentions: [], at: AT, state: 'sending', why: '' } as const

describe('log', () => {
  it('puts notes where they were written, and what is not sent yet last', () => {
    const lines = toLines(thread([message(1), message(2)], [note('a', 1), note('b', 2)]), [unsent])
    expect(kinds(lines)).toBe('day message note message note unsent')
  })

  it('lays out a thread once as long as it does not change, whatever waits to be sent', () => {
    const same = thread([message(1), message(2)], [])
    const lines = toLines(same, [])
    expect(toLines(same, [])).toBe(lines)
    expect(kinds(toLines(same, [unsent]))).toBe('day message message unsent')
    expect(toLines(same, [])).toBe(lines)
    expect(kinds(lines)).toBe('day message message')
  })

  it('parts the days of Beijing', () => {
    const late = message(1, { at: Date.parse('2026-11-24T23:59:00+08:00') })
    const early = message(2, { at: Date.parse('2026-11-25T00:01:00+08:00') })
    expect(kinds(toLines(thread([late, early], []), []))).toBe('day message day message')
  })

  it('names who speaks when somebody else does, or after a while', () => {
    const lines = toLines(
      thread(
        [
          message(1),
          message(2),
          message(3, { direction: 'out', by: 'lin' }),
          message(4, { direction: 'out', by: 'wang' }),
          message(5, { direction: 'out', by: 'wang', at: AT + 40 * 60_000 }),
        ],
        [],
      ),
      [],
    )
    expect(lines.flatMap((line) => (line.kind === 'message' ? [line.named] : []))).toEqual([true, false, true, true, true])
  })

  it('marks the last of ours that the citizen has read', () => {
    const out = (seq: number) => message(seq, { direction: 'out', by: 'lin' })
    const lines = toLines(thread([out(1), out(2), message(3), out(4)], [], 3), [])
    expect(lines.flatMap((line) => (line.kind === 'message' && line.read ? [line.message.seq] : []))).toEqual([2])
  })

  it('keeps the line of what was written when it comes back stored', () => {
    const before = toLines(thread([message(1)], []), [unsent])
    const after = toLines(thread([message(1), message(2, { direction: 'out', client_id: 'x1' })], []), [])
    expect(after.at(-1)?.key).toBe(before.at(-1)?.key)
  })

  it('keeps the keys of what is being read when earlier messages come in', () => {
    const now = thread([message(3), message(4)], [])
    const then = earlier(now, { messages: [message(1), message(2)], notes: [], seq: 4, read_by_citizen: 0 })
    const steady = toLines(now, []).filter(isSteady)
    const keys = new Set(toLines(then, []).map((line) => line.key))
    expect(steady.every((line) => keys.has(line.key))).toBe(true)
    expect(new Set(toLines(then, []).map((line) => line.key)).size).toBe(5)
  })

  it('shows nothing for what nobody can see', () => {
    expect(kinds(toLines(thread([message(1, { parts: [{ type: 'event', name: 'subscribe' }] })], []), []))).toBe('')
  })

  it('finds the line of a moment, from either side', () => {
    const lines = toLines(thread([message(1), message(2), message(9)], []), [unsent])
    const said = (at: number, side: 'upTo' | 'from') => lines[lineOf(lines, at, side)]?.key
    expect(said(AT + 5 * 60_000, 'upTo')).toBe('m2')
    expect(said(AT + 5 * 60_000, 'from')).toBe('m9')
    expect(said(AT + 2 * 60_000, 'upTo')).toBe('m2')
    expect(said(AT + 2 * 60_000, 'from')).toBe('m2')
    expect(said(AT, 'upTo')).toBe('m1')
    expect(said(AT + 60 * 60_000, 'from')).toBe('m9')
    expect(lineOf([], AT, 'from')).toBe(-1)
  })
})
