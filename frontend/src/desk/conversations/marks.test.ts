import { describe, expect, it } from 'vitest'
import { Marks } from './marks'
import type { Marked } from './marks'
import { Kept } from './samples'

function marks(kept: Kept | null, username = 'lin'): { marks: Marks; now: () => Record<string, readonly string[]> } {
  let marked: Marked = new Map()
  const made = new Marks(kept as unknown as Storage, username, (next) => {
    marked = next
  })
  return { marks: made, now: () => Object.fromEntries(marked) }
}

describe('Marks', () => {
  it('keeps each kind once until somebody looks', () => {
    const { marks: made, now } = marks(new Kept())
    made.put('a', 'note')
    made.put('a', 'note')
    made.put('a', 'undelivered')
    made.put('b', 'note')
    expect(now()).toEqual({ a: ['note', 'undelivered'], b: ['note'] })
    made.clear('a')
    expect(now()).toEqual({ b: ['note'] })
  })

  it('is there after the page was loaded again, for the same person alone', () => {
    const kept = new Kept()
    marks(kept).marks.put('a', 'undelivered')
    expect(marks(kept).now()).toEqual({ a: ['undelivered'] })
    expect(marks(kept, 'zhao').now()).toEqual({})
  })

  it('works without a storage, and with one that holds nonsense', () => {
    const kept = new Kept()
    kept.closed = true
    const { marks: made, now } = marks(kept)
    made.put('a', 'note')
    expect(now()).toEqual({ a: ['note'] })
    const nonsense = new Kept()
    nonsense.setItem('yixian.desk.marks.lin', '[["a",["x"]],["b",["note","y"]],7,"z"]')
    expect(marks(nonsense).now()).toEqual({ b: ['note'] })
    nonsense.setItem('yixian.desk.marks.lin', '{')
    expect(marks(nonsense).now()).toEqual({})
  })

  it('does not remember for ever', () => {
    const { marks: made, now } = marks(null)
    for (let count = 0; count < 150; count++) made.put(`c${count}`, 'note')
    expect(Object.keys(now())).toHaveLength(100)
    expect(now()).toHaveProperty('c149')
  })
})
