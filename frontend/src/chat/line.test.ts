import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Files } from './files'
import { Line } from './line'
import { Outbox } from './outbox'
import { Client } from '@/api/client'

/** The platform: a gateway's answers to `fetch`, and sockets the test drives. */
class Platform {
  messages: Record<string, unknown>[] = []
  said: string[] = []
  /** What the next calls get instead of an answer: a status, or 'down'. */
  trouble: (number | 'down')[] = []
  sockets: FakeSocket[] = []
  tokens = new Set(['t1'])
  down = false

  add(direction: 'in' | 'out', text: string, clientId?: string): Record<string, unknown> {
    const seq = this.messages.length + 1
    const message = {
      id: `m${seq}`,
      seq,
      direction,
      sender: { kind: direction === 'in' ? 'citizen' : 'bot' },
      parts: [{ type: 'text', text }],
      at: '2026-11-24T01:00:00Z',
      client_id: clientId ?? null,
    }
    this.messages.push(message)
    return message
  }

  fetch = async (url: string, init: RequestInit): Promise<Response> => {
    const trouble = this.down ? 'down' : this.trouble.shift()
    if (trouble === 'down') throw new TypeError('Failed to fetch')
    if (trouble !== undefined) return answer(trouble, { error: { code: `e${trouble}` } })
    const body = typeof init.body === 'string' ? (JSON.parse(init.body) as Record<string, unknown>) : {}
    if (url.endsWith('/sessions')) {
      if (body.token && !this.tokens.has(String(body.token))) return answer(401, { error: { code: 'session_invalid' } })
      const token = String(body.token ?? 't1')
      this.tokens.add(token)
      return answer(200, { token, seq: this.messages.length, read: { citizen: 0, staff: 0 } })
    }
    if (init.method === 'GET') {
      const query = new URL(url, 'http://x').searchParams
      const after = Number(query.get('after') ?? 0)
      const before = Number(query.get('before') ?? Infinity)
      const found = this.messages.filter((one) => Number(one.seq) > after && Number(one.seq) < before)
      return answer(200, { messages: found, more: false, owner: 'bot', read: {} })
    }
    if (url.endsWith('/messages')) {
      const id = String(body.client_id)
      const known = this.messages.find((one) => one.client_id === id)
      if (known) return answer(202, known)
      this.said.push(String(body.text))
      return answer(202, this.add('in', String(body.text), id))
    }
    return answer(200, {})
  }
}

function answer(status: number, body: object): Response {
  return new Response(JSON.stringify(body), { status })
}

class FakeSocket {
  readyState = 0
  sent: Record<string, unknown>[] = []
  onopen: (() => void) | null = null
  onmessage: ((event: { data: string }) => void) | null = null
  onclose: (() => void) | null = null

  send(data: string): void {
    this.sent.push(JSON.parse(data) as Record<string, unknown>)
  }

  close(): void {
    this.readyState = 3
    this.onclose?.()
  }

  welcome(seq: number): void {
    this.readyState = 1
    this.onopen?.()
    this.receive({ type: 'welcome', seq, owner: 'bot' })
  }

  receive(frame: object): void {
    this.onmessage?.({ data: JSON.stringify(frame) })
  }
}

let platform: Platform
let line: Line
let token: string | null

function makeLine(outbox = new Outbox(null)): Line {
  return new Line({
    client: new Client(),
    outbox,
    files: new Files(),
    token: { load: () => token, save: (value) => (token = value) },
    openSocket: () => {
      const socket = new FakeSocket()
      platform.sockets.push(socket)
      return socket as unknown as WebSocket
    },
    onChange: () => undefined,
    isVisible: () => true,
    random: () => 0,
  })
}

const settle = (ms = 0) => vi.advanceTimersByTimeAsync(ms)
const texts = () =>
  line.state.timeline.messages.map((one) => (one.parts[0]?.type === 'text' ? one.parts[0].text : ''))
const socket = () => {
  const last = platform.sockets.at(-1)
  if (!last) throw new Error('no socket was opened')
  return last
}

beforeEach(() => {
  vi.useFakeTimers()
  platform = new Platform()
  vi.stubGlobal('fetch', platform.fetch)
  token = null
  line = makeLine()
})

afterEach(() => {
  line.stop()
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

describe('the line', () => {
  it('takes up a conversation and goes on from its last number', async () => {
    token = 't1'
    platform.add('in', '一')
    platform.add('out', '二')
    line.start()
    await settle()
    socket().welcome(2)
    expect(texts()).toEqual(['一', '二'])
    expect(socket().sent[0]).toEqual({ type: 'hello', token: 't1', after: 2 })
    socket().receive({ type: 'message', message: platform.add('out', '三') })
    expect(texts()).toEqual(['一', '二', '三'])
  })

  it('begins anew, and says so, when the token is no longer good', async () => {
    token = 'old'
    line.start()
    await settle(10)
    expect(line.state.ready).toBe(true)
    expect(line.state.renewed).toBe(true)
    expect(token).toBe('t1')
  })

  it('fetches what a gap in the stream left out', async () => {
    line.start()
    await settle()
    socket().welcome(0)
    platform.add('out', '一')
    const second = platform.add('out', '二')
    socket().receive({ type: 'message', message: second })
    await settle()
    expect(texts()).toEqual(['一', '二'])
  })

  it('works by asking when sockets are blocked', async () => {
    line.start()
    await settle()
    socket().close()
    platform.add('out', '来了')
    await settle(1000)
    expect(texts()).toEqual(['来了'])
    expect(line.state.up).toBe(true)
    line.say('问')
    await settle(0)
    platform.add('out', '答')
    await settle(1000)
    expect(texts()).toEqual(['来了', '问', '答'])
  })

  it('keeps what could not be sent, tries again in order, and says it once', async () => {
    line.start()
    await settle()
    socket().welcome(0)
    platform.trouble = ['down', 503]
    line.say('一')
    line.say('二')
    await settle()
    expect(line.state.pending.map((item) => item.state)).toEqual(['failed', 'failed'])
    await settle(5000)
    expect(line.state.pending).toEqual([])
    expect(platform.said).toEqual(['一', '二'])
    expect(texts()).toEqual(['一', '二'])
  })

  it('says that somebody is at work until the answer is here', async () => {
    line.start()
    await settle()
    socket().welcome(0)
    line.say('问')
    await settle()
    expect(line.state.typing).toBe(true)
    socket().receive({ type: 'message', message: platform.messages[0] ?? {} })
    socket().receive({ type: 'message', message: platform.add('out', '答') })
    expect(line.state.typing).toBe(false)
    line.say('人工')
    await settle()
    socket().receive({ type: 'owner', owner: 'queue', ahead: 2 })
    expect(line.state).toMatchObject({ typing: false, owner: 'queue', ahead: 2 })
  })

  it('asks for an answer that the stream has lost', async () => {
    line.start()
    await settle()
    socket().welcome(0)
    line.say('问')
    await settle()
    platform.add('out', '答')
    await settle(3100)
    expect(texts()).toEqual(['问', '答'])
  })

  it('waits for the stream when what was stored has no number yet', async () => {
    line.start()
    await settle()
    socket().welcome(0)
    const answered = platform.fetch
    vi.stubGlobal('fetch', async (url: string, init: RequestInit) => {
      const response = await answered(url, init)
      if (init.method !== 'POST' || !url.endsWith('/messages')) return response
      return answer(202, { ...((await response.json()) as object), seq: null })
    })
    line.say('问')
    await settle(5000)
    expect(line.state.pending.map((item) => item.state)).toEqual(['stored'])
    expect(platform.said).toEqual(['问'])
    socket().receive({ type: 'message', message: platform.messages[0] ?? {} })
    expect(line.state.pending).toEqual([])
    expect(texts()).toEqual(['问'])
  })

  it('passes a refused message and keeps it for the citizen to decide', async () => {
    line.start()
    await settle()
    platform.trouble = [422]
    line.say('太长')
    line.say('好')
    await settle()
    expect(line.state.pending.map((item) => [item.state, item.code])).toEqual([['refused', 'e422']])
    expect(platform.said).toEqual(['好'])
    line.retry(line.state.pending[0]?.clientId ?? '')
    await settle()
    expect(line.state.pending).toEqual([])
  })

  it('does not show a message twice that came by the stream before its own answer', async () => {
    line.start()
    await settle()
    socket().welcome(0)
    platform.trouble = [504]
    line.say('一')
    await settle()
    // A proxy gave up on the answer: the gateway has the message.
    const id = line.state.pending[0]?.clientId
    socket().receive({ type: 'message', message: platform.add('in', '一', id) })
    expect(line.state.pending).toEqual([])
    await settle(5000)
    expect(texts()).toEqual(['一'])
    expect(platform.said).toEqual([])
  })

  it('comes back quietly when the gateway says when', async () => {
    line.start()
    await settle()
    socket().welcome(0)
    const first = socket()
    first.receive({ type: 'bye', retry_after: 3 })
    await settle(2900)
    expect(platform.sockets).toHaveLength(1)
    expect(line.state.up).toBe(true)
    await settle(200)
    expect(platform.sockets).toHaveLength(2)
  })

  it('drops a socket that has fallen silent', async () => {
    line.start()
    await settle()
    socket().welcome(0)
    await settle(25_000)
    expect(socket().sent.at(-1)).toEqual({ type: 'ping' })
    await settle(10_500)
    expect(platform.sockets.length).toBeGreaterThan(1)
  })

  it('does not trust a socket that looks open when the network has failed', async () => {
    line.start()
    await settle()
    socket().welcome(0)
    platform.down = true
    line.say('一')
    await settle(400)
    expect(line.state.up).toBe(false)
    platform.down = false
    line.wake()
    await settle(500)
    expect(line.state.up).toBe(true)
    expect(texts()).toEqual(['一'])
  })

  it('knows when nothing gets through, and recovers with everything', async () => {
    line.start()
    await settle()
    socket().welcome(0)
    platform.down = true
    socket().close()
    await settle(2000)
    expect(line.state.up).toBe(false)
    line.say('断网时说的')
    await settle(100)
    platform.add('out', '断网时来的')
    platform.down = false
    line.wake()
    await settle(1000)
    expect(line.state.up).toBe(true)
    expect(texts()).toEqual(['断网时来的', '断网时说的'])
  })
})
