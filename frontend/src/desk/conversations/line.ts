/**
 * The desk's socket: one for all pages of the desk in this tab, opened again whenever it is lost.
 *
 * Threads that are looked at are watched anew after each welcome, from the last number that is settled, so that nothing
 * said meanwhile is missed, nor what became of it. The gateway also welcomes who is here when it was cut off itself.
 */
import { readFrame } from './protocol'
import type { Frame } from './protocol'
import { backoff } from '@/chat/backoff'

/** `connecting`: not yet, or again; `live`: frames come; `away`: it was lost and is tried again. */
export type Standing = 'connecting' | 'live' | 'away'

export type Said =
  | { type: 'typing'; conversation_id: string }
  | { type: 'read'; conversation_id: string; seq: number }
  | { type: 'looked'; ids: readonly string[] }

export interface LineParts {
  openSocket: () => WebSocket
  onFrame: (frame: Frame) => void
  onStanding: (standing: Standing) => void
  /** The gateway would not have the socket: perhaps nobody is signed in any more. */
  onDoubt: () => void
  random?: () => number
}

const WELCOME_MS = 8_000
const PING_EVERY_MS = 20_000
const PONG_MS = 8_000
const OPEN = 1 // WebSocket.OPEN, also where the platform has no WebSocket
/** Signed out; not allowed. What opens it again is a new sign-in. */
const OUT = new Set([4401, 4403])

type Timer = ReturnType<typeof setTimeout>

export class DeskLine {
  private socket: WebSocket | null = null
  private live = false
  private tries = 0
  private stopped = true
  private readonly watched = new Map<string, () => number | null>()
  private readonly timers = new Map<string, Timer>()

  constructor(private readonly parts: LineParts) {}

  start(): void {
    if (!this.stopped) return
    this.stopped = false
    this.tries = 0
    this.parts.onStanding('connecting')
    this.connect()
  }

  stop(): void {
    this.stopped = true
    for (const timer of this.timers.values()) clearTimeout(timer)
    this.timers.clear()
    this.drop()
  }

  /** Something changed for the better (network back, page in front again). */
  wake(): void {
    if (this.stopped) return
    this.tries = 0
    if (this.live) this.ping()
    else if (!this.socket) {
      this.clear('connect')
      this.connect()
    }
  }

  /** The browser says that there is no network: a socket that looks open is dead. */
  offline(): void {
    if (!this.stopped) this.lost(null)
  }

  /** Be told what is said in a conversation after a number; null for nothing but what follows. */
  watch(id: string, after: () => number | null): void {
    this.watched.set(id, after)
    if (this.live) this.sendWatch(id, after)
  }

  unwatch(id: string): void {
    if (this.watched.delete(id)) this.write({ type: 'unwatch', conversation_id: id })
  }

  say(said: Said): void {
    this.write(said)
  }

  private connect(): void {
    if (this.socket || this.stopped) return
    let socket: WebSocket
    try {
      socket = this.parts.openSocket()
    } catch {
      this.lost(null)
      return
    }
    this.socket = socket
    socket.onmessage = (event: MessageEvent) => {
      if (socket !== this.socket) return
      this.clear('pong')
      const frame = readFrame(event.data)
      if (frame) this.receive(frame)
    }
    socket.onclose = (event: CloseEvent) => {
      if (socket !== this.socket) return
      const welcomed = this.live
      if (OUT.has(event.code)) {
        this.stop()
        this.parts.onStanding('away')
      } else this.lost(null)
      if (OUT.has(event.code) || !welcomed) this.parts.onDoubt()
    }
    this.after('pong', WELCOME_MS, () => this.lost(null))
  }

  private receive(frame: Frame): void {
    if (frame.type === 'bye') {
      this.lost(frame.retryAfter)
      return
    }
    if (frame.type === 'welcome') {
      this.live = true
      this.tries = 0
      this.schedulePing()
      this.parts.onFrame(frame)
      this.parts.onStanding('live')
      for (const [id, after] of this.watched) this.sendWatch(id, after)
      return
    }
    this.parts.onFrame(frame)
  }

  /** retryAfter: seconds, when the gateway said when to come back. */
  private lost(retryAfter: number | null): void {
    this.drop()
    if (this.stopped) return
    this.tries += 1
    this.parts.onStanding('away')
    const random = this.parts.random ?? Math.random
    const wait = retryAfter === null ? backoff(this.tries, random) : (retryAfter + random()) * 1000
    this.after('connect', wait, () => this.connect())
  }

  private drop(): void {
    const socket = this.socket
    this.socket = null
    this.live = false
    this.clear('ping')
    this.clear('pong')
    if (!socket) return
    socket.onmessage = null
    socket.onclose = null
    socket.close()
  }

  private sendWatch(id: string, after: () => number | null): void {
    this.write({ type: 'watch', conversation_id: id, after: after() })
  }

  private schedulePing(): void {
    this.after('ping', PING_EVERY_MS, () => {
      this.ping()
      this.schedulePing()
    })
  }

  private ping(): void {
    this.write({ type: 'ping' })
    this.after('pong', PONG_MS, () => this.lost(null))
  }

  private write(frame: object): void {
    if (this.live && this.socket?.readyState === OPEN) this.socket.send(JSON.stringify(frame))
  }

  /** One timer a name; setting it again replaces it. */
  private after(name: string, ms: number, act: () => void): void {
    this.clear(name)
    this.timers.set(
      name,
      setTimeout(() => {
        this.timers.delete(name)
        act()
      }, ms),
    )
  }

  private clear(name: string): void {
    clearTimeout(this.timers.get(name))
    this.timers.delete(name)
  }
}
