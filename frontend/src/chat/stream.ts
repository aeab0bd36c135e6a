/**
 * The web socket to the gateway: opened, greeted, kept alive, and opened again when it is lost or has fallen silent.
 */
import { readFrame } from '@/api/protocol'
import type { Frame } from '@/api/protocol'
import { backoff } from './backoff'
import { Timers } from './timers'

export interface StreamParts {
  openSocket: () => WebSocket
  /** Null while there is no session to open it for. */
  token: () => string | null
  /** The number up to which nothing is missing. */
  cursor: () => number
  onFrame: (frame: Frame) => void
  /** It is gone. `ask`: milliseconds until it is time to ask for what was said in between. */
  onLost: (ask: number) => void
  random: () => number
}

const WELCOME_MS = 8_000
const PING_EVERY_MS = 25_000
const PONG_MS = 10_000
const ASK_SOON_MS = 300
const OPEN = 1 // WebSocket.OPEN, also where the platform has no WebSocket

export class Stream {
  /** Welcomed: what is said comes by itself. */
  live = false
  private socket: WebSocket | null = null
  private tries = 0
  private readonly timers = new Timers()

  constructor(private readonly parts: StreamParts) {}

  open(): void {
    const token = this.parts.token()
    if (this.socket || token === null) return
    let socket: WebSocket
    try {
      socket = this.parts.openSocket()
    } catch {
      this.lost()
      return
    }
    this.socket = socket
    socket.onopen = () => {
      socket.send(JSON.stringify({ type: 'hello', token, after: this.parts.cursor() }))
    }
    socket.onmessage = (event: MessageEvent) => {
      if (socket !== this.socket) return
      this.timers.clear('pong')
      const frame = readFrame(event.data)
      if (frame) this.receive(frame)
    }
    socket.onclose = () => {
      if (socket === this.socket) this.lost()
    }
    this.timers.after('pong', WELCOME_MS, () => this.lost())
  }

  /** See now whether it is alive, or open it without waiting longer. */
  wake(): void {
    this.tries = 0
    if (this.live) this.ping()
    else {
      this.timers.clear('open')
      this.open()
    }
  }

  send(frame: object): void {
    if (this.live && this.socket?.readyState === OPEN) this.socket.send(JSON.stringify(frame))
  }

  /** It does not live any more. `retryAfter` seconds when the gateway said when to come back. */
  lost(retryAfter: number | null = null): void {
    this.close()
    if (this.parts.token() === null) return
    this.tries += 1
    const { random } = this.parts
    const wait = retryAfter === null ? backoff(this.tries, random) : (retryAfter + random()) * 1000
    this.timers.after('open', wait, () => this.open())
    this.parts.onLost(retryAfter === null ? ASK_SOON_MS : wait)
  }

  /** Until it is opened again. */
  close(): void {
    const socket = this.socket
    this.socket = null
    this.live = false
    this.timers.clear('open', 'ping', 'pong')
    if (!socket) return
    socket.onopen = null
    socket.onmessage = null
    socket.onclose = null
    socket.close()
  }

  end(): void {
    this.timers.end()
    this.close()
  }

  private receive(frame: Frame): void {
    if (frame.type === 'bye') {
      this.lost(frame.retryAfter)
      return
    }
    if (frame.type === 'welcome') {
      this.live = true
      this.tries = 0
      this.pingLater()
    }
    this.parts.onFrame(frame)
  }

  private pingLater(): void {
    this.timers.after('ping', PING_EVERY_MS, () => {
      this.ping()
      this.pingLater()
    })
  }

  private ping(): void {
    this.send({ type: 'ping' })
    this.timers.after('pong', PONG_MS, () => this.lost())
  }
}
