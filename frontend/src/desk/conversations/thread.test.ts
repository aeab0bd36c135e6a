import { describe, expect, it } from 'vitest'
import { AT, message, note } from './samples'
import { begun, earlier, firstOnItsWay, followed, known, noted, seen } from './thread'

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

  it('finds what is still on its way', () => {
    const out = (seq: number, state: string) =>
      message(seq, { direction: 'out', delivery: { state, code: '', meaning: '' } })
    const thread = followed(begun(page(1, 1)), [out(2, 'queued'), out(3, 'sent'), out(4, 'sending')])
    expect(firstOnItsWay(thread, 0, false)?.seq).toBe(2)
    expect(firstOnItsWay(thread, AT + 3 * 60_000, false)?.seq).toBe(4)
    expect(firstOnItsWay(thread, AT + 3 * 60_000, true)?.seq).toBe(3)
    expect(firstOnItsWay(begun(page(1, 3)), 0, true)).toBeNull()
  })
})
