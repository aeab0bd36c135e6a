import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { DeskLine } from './line'
import type { Standing } from './line'
import type { Frame } from './protocol'

class FakeSocket {
  readyState = 1
  sent: Record<string, unknown>[] = []
  onmessage: ((event: { data: string }) => void) | null = null
  onclose: ((event: { code: number }) => void) | null = null

  send(data: string): void {
    this.sent.push(JSON.parse(data) as Record<string, unknown>)
  }

  close(code = 1006): void {
    this.readyState = 3
    this.onclose?.({ code })
  }

  receive(frame: object): void {
    this.onmessage?.({ data: JSON.stringify(frame) })
  }
}

const WELCOME = { type: 'welcome', me: { username: 'lin', leads: false }, agent: { state: 'away' }, rows: [], now: '' }

function desk() {
  const sockets: FakeSocket[] = []
  const frames: Frame[] = []
  const standings: Standing[] = []
  let doubts = 0
  const line = new DeskLine({
    openSocket: () => {
      const socket = new FakeSocket()
      sockets.push(socket)
      return socket as unknown as WebSocket
    },
    onFrame: (frame) => frames.push(frame),
    onStanding: (standing) => standings.push(standing),
    onDoubt: () => {
      doubts += 1
    },
    random: () => 0,
  })
  line.start()
  const last = () => sockets.at(-1) as FakeSocket
  return { line, sockets, frames, standings, last, doubts: () => doubts }
}

describe('the desk’s line', () => {
  beforeEach(() => {
    vi.useFakeTimers()
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  it('is live from the welcome on', () => {
    const { last, frames, standings } = desk()
    expect(standings).toEqual(['connecting'])
    last().receive(WELCOME)
    last().receive({ type: 'rows', rows: [], gone: ['a'] })
    expect(standings).toEqual(['connecting', 'live'])
    expect(frames.map((frame) => frame.type)).toEqual(['welcome', 'rows'])
  })

  it('comes back by itself and watches from the last number it has', () => {
    const { line, sockets, last, standings } = desk()
    let cursor = 7
    last().receive(WELCOME)
    line.watch('c', () => cursor)
    expect(last().sent).toEqual([{ type: 'watch', conversation_id: 'c', after: 7 }])
    cursor = 9
    last().close()
    expect(standings.at(-1)).toBe('away')
    vi.advanceTimersByTime(500)
    expect(sockets).toHaveLength(2)
    last().receive(WELCOME)
    expect(last().sent).toEqual([{ type: 'watch', conversation_id: 'c', after: 9 }])
  })

  it('watches anew when it is welcomed again, since something may not have been told', () => {
    const { line, last, standings } = desk()
    last().receive(WELCOME)
    line.watch('c', () => 7)
    last().receive(WELCOME)
    expect(last().sent).toEqual(Array(2).fill({ type: 'watch', conversation_id: 'c', after: 7 }))
    expect(standings).toEqual(['connecting', 'live', 'live'])
  })

  it('watches no more what was left', () => {
    const { line, last } = desk()
    last().receive(WELCOME)
    line.watch('c', () => 1)
    line.unwatch('c')
    last().close()
    vi.advanceTimersByTime(500)
    last().receive(WELCOME)
    expect(last().sent).toEqual([])
  })

  it('is lost when nothing answers, and waits longer each time', () => {
    const { sockets, last } = desk()
    last().receive(WELCOME)
    vi.advanceTimersByTime(20_000)
    expect(last().sent).toEqual([{ type: 'ping' }])
    vi.advanceTimersByTime(8_000 + 500)
    expect(sockets).toHaveLength(2)
    vi.advanceTimersByTime(8_000 + 500)
    expect(sockets).toHaveLength(3)
  })

  it('goes when the browser is offline, and comes back at once when it is not', () => {
    const { line, sockets, last } = desk()
    last().receive(WELCOME)
    line.offline()
    expect(last().readyState).toBe(3)
    line.wake()
    expect(sockets).toHaveLength(2)
  })

  it('comes back when it was asked to', () => {
    const { sockets, last } = desk()
    last().receive(WELCOME)
    last().receive({ type: 'bye', retry_after: 3 })
    vi.advanceTimersByTime(2_900)
    expect(sockets).toHaveLength(1)
    vi.advanceTimersByTime(200)
    expect(sockets).toHaveLength(2)
  })

  it('does not knock any more once signed out, until it is started again', () => {
    const { line, sockets, last, doubts } = desk()
    last().receive(WELCOME)
    last().close(4401)
    vi.advanceTimersByTime(120_000)
    expect(sockets).toHaveLength(1)
    expect(doubts()).toBe(1)
    line.start()
    expect(sockets).toHaveLength(2)
  })

  it('doubts the session when it is not let in', () => {
    const { last, doubts } = desk()
    last().close()
    expect(doubts()).toBe(1)
  })

  it('says nothing while it is away', () => {
    const { line, last } = desk()
    line.say({ type: 'typing', conversation_id: 'c' })
    last().receive(WELCOME)
    line.say({ type: 'read', conversation_id: 'c', seq: 4 })
    expect(last().sent).toEqual([{ type: 'read', conversation_id: 'c', seq: 4 }])
  })
})
