import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Sending } from './unsent'
import type { Outcome, Unsent } from './unsent'

const AWAY: Outcome = { done: false, refused: false, why: '' }
const STORED: Outcome = { done: true }

class Kept {
  private readonly all = new Map<string, string>()
  getItem = (key: string) => this.all.get(key) ?? null
  setItem = (key: string, value: string) => void this.all.set(key, value)
  removeItem = (key: string) => void this.all.delete(key)
}

function desk(answers: Outcome[], keep = new Kept()) {
  const posted: string[] = []
  let items: readonly Unsent[] = []
  const sending = new Sending({
    post: async (item) => {
      posted.push(item.text)
      return answers.shift() ?? STORED
    },
    onChange: (now) => {
      items = now
    },
    keep,
    owner: 'lin',
    random: () => 0,
  })
  return { sending, posted, keep, items: () => items.map((item) => `${item.text} ${item.state}`) }
}

describe('what is not sent yet', () => {
  beforeEach(() => {
    vi.useFakeTimers()
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  it('goes out in order, and is gone when it is stored', async () => {
    const { sending, posted, items } = desk([])
    sending.add('c', 'answer', '一', [], 1)
    sending.add('c', 'answer', '二', [], 2)
    expect(items()).toEqual(['一 sending', '二 sending'])
    await vi.advanceTimersByTimeAsync(0)
    expect(posted).toEqual(['一', '二'])
    expect(items()).toEqual([])
  })

  it('is tried again by itself, and what follows waits for it', async () => {
    const { sending, posted, items } = desk([AWAY, AWAY])
    sending.add('c', 'answer', '一', [], 1)
    sending.add('c', 'answer', '二', [], 2)
    await vi.advanceTimersByTimeAsync(0)
    expect(items()).toEqual(['一 failed', '二 failed'])
    await vi.advanceTimersByTimeAsync(500)
    expect(posted).toEqual(['一', '一'])
    await vi.advanceTimersByTimeAsync(5_000)
    expect(posted).toEqual(['一', '一', '一', '二'])
    expect(items()).toEqual([])
  })

  it('goes at once when the gateway is back', async () => {
    const { sending, posted } = desk([AWAY])
    sending.add('c', 'answer', '一', [], 1)
    await vi.advanceTimersByTimeAsync(0)
    sending.wake()
    await vi.advanceTimersByTimeAsync(0)
    expect(posted).toEqual(['一', '一'])
    await vi.advanceTimersByTimeAsync(60_000)
    expect(posted).toHaveLength(2)
  })

  it('waits for its writer when it was refused, and holds up nothing', async () => {
    const { sending, posted, items } = desk([{ done: false, refused: true, why: '现在由王接待' }])
    sending.add('c', 'answer', '一', [], 1)
    sending.add('c', 'answer', '二', [], 2)
    await vi.advanceTimersByTimeAsync(60_000)
    expect(posted).toEqual(['一', '二'])
    expect(items()).toEqual(['一 refused'])
    const id = sending.of('c')[0]?.clientId ?? ''
    expect(sending.of('c')[0]?.why).toBe('现在由王接待')
    sending.retry(id)
    await vi.advanceTimersByTimeAsync(0)
    expect(items()).toEqual([])
  })

  it('holds up no other conversation', async () => {
    const { sending, posted } = desk([AWAY])
    sending.add('c', 'answer', '一', [], 1)
    sending.add('d', 'note', '另一个', ['wang'], 2)
    await vi.advanceTimersByTimeAsync(0)
    expect(posted).toEqual(['一', '另一个'])
  })

  it('waits for its writer after a reload, too', async () => {
    const first = desk([{ done: false, refused: true, why: '现在由王接待' }])
    first.sending.add('c', 'answer', '一', [], 1)
    await vi.advanceTimersByTimeAsync(0)
    const second = desk([], first.keep)
    second.sending.wake()
    await vi.advanceTimersByTimeAsync(60_000)
    expect(second.posted).toEqual([])
    expect(second.items()).toEqual(['一 refused'])
  })

  it('outlives a reload, under the same client id', async () => {
    const first = desk([AWAY, AWAY, AWAY])
    first.sending.add('c', 'answer', '一', [], 1)
    await vi.advanceTimersByTimeAsync(0)
    const id = first.sending.of('c')[0]?.clientId
    const second = desk([], first.keep)
    expect(second.sending.of('c').map((item) => [item.clientId, item.state])).toEqual([[id, 'failed']])
    second.sending.wake()
    await vi.advanceTimersByTimeAsync(0)
    expect(second.posted).toEqual(['一'])
    expect(desk([], first.keep).items()).toEqual([])
  })
})
