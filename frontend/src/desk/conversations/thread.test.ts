import { describe, expect, it } from 'vitest'
import { AT, message, note } from './samples'
import { begun, delivered, earlier, followed, known, noted, seen, settledUpTo } from './thread'

const page = (from: number, to: number) => ({
  messages: Array.from({ length: to - from + 1 }, (_, index) => message(from + index)),
  notes: [],
  seq: to,
  read_by_citizen: 0,
})
const numbers = (thread: { timeline: { messages: readonly { seq: number }[] } }) =>
  thread.timeline.messages.map((one) => one.seq)

describe('thread', () => {
  it('begins with the last messages, and knows that there are earlier ones', () => {
    const thread = begun(page(51, 60))
    expect(thread.timeline.cursor).toBe(60)
    expect(thread.timeline.older).toBe(true)
    expect(begun(page(1, 3)).timeline.older).toBe(false)
    expect(earlier(thread, page(1, 50)).timeline.older).toBe(false)
    expect(numbers(earlier(thread, page(1, 50)))).toHaveLength(60)
  })

  it('says the number up to which nothing is missing, whatever it stored itself', () => {
    const thread = known(begun(page(1, 3)), [message(5, { direction: 'out' })])
    expect(thread.timeline.cursor).toBe(3)
    const all = followed(thread, [message(4), message(5, { direction: 'out' })])
    expect(all.timeline.cursor).toBe(5)
    expect(numbers(all)).toEqual([1, 2, 3, 4, 5])
  })

  it('has each note once, where it was written', () => {
    const thread = noted(noted(begun(page(1, 3)), [note('b', 3), note('a', 1)]), [note('b', 3, { text: '改了' })])
    expect(thread.notes.map((one) => one.text)).toEqual(['记一下', '改了'])
  })

  it('never unreads', () => {
    expect(seen(seen(begun(page(1, 3)), 2), 1).read).toBe(2)
  })

  const out = (seq: number, state: string, version = 1) =>
    message(seq, { direction: 'out', version, delivery: { state, code: '', meaning: '' } })
  const states = (thread: { timeline: { messages: readonly { delivery: { state: string } | null }[] } }) =>
    thread.timeline.messages.map((one) => one.delivery?.state)

  it('takes what became of a message, and never something older', () => {
    const outcome = { seq: 2, version: 4, delivery: { state: 'delivered', code: '', meaning: '' } }
    const thread = delivered(followed(begun(page(1, 1)), [out(2, 'queued')]), outcome)
    expect(states(thread)).toEqual([undefined, 'delivered'])
    expect(states(delivered(thread, { ...outcome, version: 3, delivery: { ...outcome.delivery, state: 'sent' } }))).toEqual(
      states(thread),
    )
    for (const take of [known, followed]) expect(states(take(thread, [out(2, 'sent', 3)]))).toEqual(states(thread))
    expect(states(known(thread, [out(2, 'read', 5)]))).toEqual([undefined, 'read'])
    expect(delivered(thread, { ...outcome, seq: 9 })).toBe(thread)
  })

  it('knows from where on messages may still change', () => {
    const thread = followed(begun(page(1, 1)), [out(2, 'failed'), out(3, 'delivered'), out(4, 'sent'), out(5, 'sending')])
    const minute = (count: number) => AT + count * 60_000
    expect(settledUpTo(thread, 0, false)).toBe(1)
    expect(settledUpTo(thread, minute(3), true)).toBe(3)
    expect(settledUpTo(thread, minute(3), false)).toBe(4)
    expect(settledUpTo(thread, minute(6), true)).toBe(5)
    // our own, stored before what others said before it has come
    expect(settledUpTo(known(begun(page(1, 3)), [out(6, 'queued')]), 0, true)).toBe(3)
  })
})
