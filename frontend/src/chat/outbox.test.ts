import { describe, expect, it } from 'vitest'
import { backoff } from './backoff'
import { Outbox } from './outbox'
import type { Content, Keep } from './outbox'

/** The browser's storage. */
function storage(): Keep & { size: () => number } {
  const held = new Map<string, string>()
  return {
    getItem: (key) => held.get(key) ?? null,
    setItem: (key, value) => void held.set(key, value),
    removeItem: (key) => void held.delete(key),
    key: (index) => [...held.keys()][index] ?? null,
    get length() {
      return held.size
    },
    size: () => held.size,
  }
}

const said = (text: string): Content => ({ kind: 'text', text })

describe('the outbox', () => {
  it('survives a reload in the order things were said', () => {
    const keep = storage()
    const before = new Outbox(keep)
    before.add(said('一'), 1000)
    before.add(said('二'), 1000)
    before.add(said('三'), 900)
    const after = new Outbox(keep)
    expect(after.list().map((item) => item.content)).toEqual([said('一'), said('二'), said('三')])
    expect(after.list().map((item) => item.clientId)).toEqual(before.list().map((item) => item.clientId))
  })

  it('does not disturb what another page keeps', () => {
    const keep = storage()
    const one = new Outbox(keep)
    const other = new Outbox(keep)
    const mine = one.add(said('a'), 1)
    other.add(said('b'), 2)
    one.remove(mine.clientId)
    expect(new Outbox(keep).list().map((item) => item.content)).toEqual([said('b')])
  })

  it('passes over what was refused', () => {
    const outbox = new Outbox(null)
    const first = outbox.add(said('a'), 1)
    const second = outbox.add(said('b'), 2)
    outbox.mark(first.clientId, 'refused', 'invalid')
    expect(outbox.next()?.clientId).toBe(second.clientId)
    outbox.markAllFailed()
    expect(outbox.list().map((item) => item.state)).toEqual(['refused', 'failed'])
  })

  it('ignores what it cannot read', () => {
    const keep = storage()
    keep.setItem('yixian.outbox.x', '{')
    keep.setItem('yixian.outbox.y', '{"clientId":1}')
    keep.setItem('other', '{}')
    expect(new Outbox(keep).list()).toEqual([])
  })

  it('works on where storage is closed', () => {
    const closed = new Proxy({} as Keep, {
      get: () => {
        throw new Error('SecurityError')
      },
    })
    const outbox = new Outbox(closed)
    const item = outbox.add(said('a'), 1)
    expect(outbox.next()).toEqual(item)
    outbox.remove(item.clientId)
    expect(outbox.list()).toEqual([])
  })
})

describe('backoff', () => {
  it('grows, is jittered, and is bounded', () => {
    expect(backoff(1, () => 0)).toBe(500)
    expect(backoff(1, () => 0.999)).toBeLessThanOrEqual(1000)
    expect(backoff(4, () => 0.999)).toBeGreaterThan(7000)
    expect(backoff(99, () => 0.999)).toBeLessThanOrEqual(30_000)
  })
})
