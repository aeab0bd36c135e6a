/**
 * The line between this page and the gateway: session, stream, outbox.
 *
 * Words go out by POST, one at a time and in order, each under its client id. Words come in by the web socket; whenever
 * the socket is not live, by asking `GET /messages?after=` instead, so a network that blocks sockets still works. Both
 * feed one timeline whose cursor says up to which number nothing is missing.
 */
import { CallError, NO_ANSWER } from '@/api/client'
import type { Client, Said } from '@/api/client'
import { readFrame } from '@/api/protocol'
import type { Frame, Message, Owner, SentPart, Session } from '@/api/protocol'
import type { TokenKeep } from '@/api/token'
import { backoff } from './backoff'
import type { Files } from './files'
import type { Content, Outbox, Pending } from './outbox'
import { advance, awaitsReply, empty, leavesGap, prepend, remember } from './timeline'
import type { Timeline } from './timeline'

export interface LineState {
  /** False until the session and the last messages are here. */
  ready: boolean
  /** False when the gateway cannot be reached by any way. */
  up: boolean
  timeline: Timeline
  pending: readonly Pending[]
  owner: Owner
  /** Conversations before this one in the queue, when known. */
  ahead: number | null
  /** Somebody on the other side is writing. */
  typing: boolean
  /** Number up to which a person of ours has read; 0 for nothing. */
  staffRead: number
  /** A remark of the gateway that is no message. */
  notice: string
  /** The conversation before could not be taken up; this is a new one. */
  renewed: boolean
  loadingOlder: boolean
}

export interface LineParts {
  client: Client
  outbox: Outbox
  files: Files
  token: TokenKeep
  openSocket: () => WebSocket
  onChange: (state: LineState) => void
  /** Is the page in front? A hidden one asks less often. */
  isVisible: () => boolean
  random?: () => number
}

const WELCOME_MS = 8_000
const PING_EVERY_MS = 25_000
const PONG_MS = 10_000
const POLL_SOON_MS = 1_000
const POLL_AFTER_SENDING_MS = 400
const POLL_MS = 4_000
const POLL_HIDDEN_MS = 20_000
const TYPING_SHOWN_MS = 6_000
const REPLY_EXPECTED_MS = 20_000
const REPLY_LATE_MS = 3_000
const TYPING_EVERY_MS = 3_000
const HISTORY = 30
const OPEN = 1 // WebSocket.OPEN, also where the platform has no WebSocket

type Timer = ReturnType<typeof setTimeout>

export class Line {
  state: LineState = {
    ready: false,
    up: true,
    timeline: empty,
    pending: [],
    owner: 'bot',
    ahead: null,
    typing: false,
    staffRead: 0,
    notice: '',
    renewed: false,
    loadingOlder: false,
  }

  private session: Session | null = null
  private opening = false
  private socket: WebSocket | null = null
  private live = false
  private socketTries = 0
  private pollTries = 0
  private sendTries = 0
  private openTries = 0
  private highestSeen = 0
  private lastRead = 0
  private lastTyping = 0
  private polling = false
  private sending = false
  private stopped = false
  private readonly timers = new Map<string, Timer>()

  constructor(private readonly parts: LineParts) {
    this.state = { ...this.state, pending: parts.outbox.list() }
  }

  start(): void {
    void this.open()
  }

  stop(): void {
    this.stopped = true
    for (const timer of this.timers.values()) clearTimeout(timer)
    this.timers.clear()
    this.dropSocket()
  }

  /** Say a text. Empty text says nothing. */
  say(text: string): void {
    const words = text.trim()
    if (words) this.enqueue({ kind: 'text', text: words })
  }

  sayLocation(latitude: number, longitude: number): void {
    this.enqueue({ kind: 'parts', parts: [{ type: 'location', latitude, longitude, label: '' }], label: '' })
  }

  async sayFile(file: File): Promise<void> {
    const item = this.parts.outbox.add(
      { kind: 'file', name: file.name || 'file', contentType: file.type, size: file.size },
      Date.now(),
    )
    this.showPending()
    await this.parts.files.put(item.clientId, file)
    this.flushNow()
  }

  /** The citizen asks for another try now. */
  retry(clientId: string): void {
    this.parts.outbox.mark(clientId, 'waiting')
    this.showPending()
    this.wake()
  }

  /** Give up a message that was refused. */
  discard(clientId: string): void {
    this.parts.outbox.remove(clientId)
    void this.parts.files.drop(clientId)
    this.showPending()
  }

  /** The citizen is typing; told to a person on the other side, at most every three seconds. */
  typing(): void {
    const now = Date.now()
    if (this.state.owner !== 'agent' || now - this.lastTyping < TYPING_EVERY_MS) return
    this.lastTyping = now
    this.sendFrame({ type: 'typing' })
  }

  /** The citizen has seen everything up to this number. */
  read(seq: number): void {
    if (seq <= this.lastRead || !this.session) return
    this.lastRead = seq
    if (this.live) this.sendFrame({ type: 'read', seq })
    else this.parts.client.read(this.session.token, seq).catch(() => undefined) // told again with the next message
  }

  async loadOlder(): Promise<void> {
    const first = this.state.timeline.messages[0]
    if (!this.session || !first || !this.state.timeline.older || this.state.loadingOlder) return
    this.change({ loadingOlder: true })
    try {
      const page = await this.parts.client.before(this.session.token, first.seq, HISTORY)
      this.change({ timeline: prepend(this.state.timeline, page.messages, page.more && page.messages.length > 0) })
    } catch (error) {
      this.noteFailure(error)
    } finally {
      this.change({ loadingOlder: false })
    }
  }

  /** Something changed for the better (network back, page in front again): do now what waits for a timer. */
  wake(): void {
    if (this.stopped) return
    this.socketTries = 0
    this.pollTries = 0
    this.sendTries = 0
    this.openTries = 0
    if (!this.session) {
      this.clear('open')
      void this.open()
      return
    }
    if (this.live) this.ping()
    else {
      this.clear('connect')
      this.connect()
      void this.poll()
    }
    this.flushNow()
  }

  /** The browser says that there is no network. */
  offline(): void {
    this.change({ up: false })
  }

  async blob(id: string): Promise<Blob> {
    if (!this.session) throw new CallError('unreachable', 'no_session', '')
    return this.parts.client.blob(this.session.token, id)
  }

  // --- session ---------------------------------------------------------------------------------------------------

  private async open(): Promise<void> {
    if (this.opening || this.session || this.stopped) return
    this.opening = true
    const token = this.parts.token.load()
    try {
      const session = await this.parts.client.session(token)
      this.parts.token.save(session.token)
      const page =
        session.seq > 0 ? await this.parts.client.before(session.token, session.seq + 1, HISTORY) : null
      this.session = session
      this.openTries = 0
      this.highestSeen = session.seq
      this.lastRead = session.read.citizen
      const messages = page?.messages ?? []
      this.settle(messages)
      this.change({
        ready: true,
        up: true,
        owner: page?.owner ?? 'bot',
        staffRead: session.read.staff,
        timeline: { messages, cursor: session.seq, older: page?.more ?? false },
      })
      this.connect()
      this.flushNow()
    } catch (error) {
      const failure = error instanceof CallError ? error : new CallError('unreachable', 'unexpected', String(error))
      if (failure.kind === 'session' && token !== null) {
        this.parts.token.save(null)
        this.change({ renewed: true })
        this.after('open', 0, () => void this.open())
      } else {
        this.openTries += 1
        this.change({ up: false })
        this.after('open', this.delay(this.openTries, failure), () => void this.open())
      }
    } finally {
      this.opening = false
    }
  }

  /** The token is no longer good: begin anew, keeping what has not been sent. */
  private renew(): void {
    if (!this.session) return
    this.session = null
    this.parts.token.save(null)
    this.dropSocket()
    for (const name of ['connect', 'poll', 'flush', 'ping', 'pong']) this.clear(name)
    this.change({ timeline: empty, owner: 'bot', ahead: null, typing: false, staffRead: 0, renewed: true })
    void this.open()
  }

  // --- stream ----------------------------------------------------------------------------------------------------

  private connect(): void {
    if (this.socket || !this.session || this.stopped) return
    let socket: WebSocket
    try {
      socket = this.parts.openSocket()
    } catch {
      this.lost(null)
      return
    }
    this.socket = socket
    const token = this.session.token
    socket.onopen = () => {
      socket.send(JSON.stringify({ type: 'hello', token, after: this.state.timeline.cursor }))
    }
    socket.onmessage = (event: MessageEvent) => {
      if (socket !== this.socket) return
      this.clear('pong')
      const frame = readFrame(event.data)
      if (frame) this.receive(frame)
    }
    socket.onclose = () => {
      if (socket === this.socket) this.lost(null)
    }
    this.after('pong', WELCOME_MS, () => this.lost(null))
  }

  private receive(frame: Frame): void {
    switch (frame.type) {
      case 'welcome':
        this.live = true
        this.socketTries = 0
        this.pollTries = 0
        this.clear('poll')
        this.highestSeen = Math.max(this.highestSeen, frame.seq)
        this.change({ up: true, owner: frame.owner })
        this.schedulePing()
        this.flushNow()
        break
      case 'message':
        this.highestSeen = Math.max(this.highestSeen, frame.message.seq)
        if (leavesGap(this.state.timeline, frame.message)) void this.poll()
        else this.take([frame.message])
        break
      case 'typing':
        this.showTyping(TYPING_SHOWN_MS)
        break
      case 'read':
        this.change({ staffRead: Math.max(this.state.staffRead, frame.seq) })
        break
      case 'owner':
        this.change({ owner: frame.owner, ahead: frame.ahead, typing: this.state.typing && frame.owner === 'bot' })
        break
      case 'notice':
        this.change({ notice: frame.text })
        break
      case 'bye':
        this.lost(frame.retryAfter)
        break
      case 'error':
        if (frame.code === 'session_invalid' || frame.code === 'session_expired') this.renew()
        break
      case 'pong':
        break
    }
  }

  /** The socket is gone. `retryAfter` seconds when the gateway said when to come back. */
  private lost(retryAfter: number | null): void {
    this.dropSocket()
    if (this.stopped || !this.session) return
    this.socketTries += 1
    const random = this.parts.random ?? Math.random
    const wait = retryAfter === null ? backoff(this.socketTries, random) : (retryAfter + random()) * 1000
    this.after('connect', wait, () => this.connect())
    // Meanwhile ask; soon, because something may have been said in between.
    this.after('poll', retryAfter === null ? 300 : wait, () => void this.poll())
  }

  private dropSocket(): void {
    const socket = this.socket
    this.socket = null
    this.live = false
    this.clear('ping')
    this.clear('pong')
    if (!socket) return
    socket.onopen = null
    socket.onmessage = null
    socket.onclose = null
    socket.close()
  }

  private schedulePing(): void {
    this.after('ping', PING_EVERY_MS, () => {
      this.ping()
      this.schedulePing()
    })
  }

  private ping(): void {
    if (!this.live) return
    this.sendFrame({ type: 'ping' })
    this.after('pong', PONG_MS, () => this.lost(null))
  }

  private sendFrame(frame: object): void {
    if (this.live && this.socket?.readyState === OPEN) this.socket.send(JSON.stringify(frame))
  }

  /** Ask for everything after the cursor; again later for as long as the socket is not live. */
  private async poll(): Promise<void> {
    const session = this.session
    if (!session || this.polling || this.stopped) return
    this.polling = true
    let wait: number
    try {
      let more = true
      while (more && this.session === session) {
        const page = await this.parts.client.after(session.token, this.state.timeline.cursor)
        if (this.session !== session) return
        this.take(page.messages)
        this.change({ owner: page.owner, staffRead: Math.max(this.state.staffRead, page.staffRead) })
        more = page.more && page.messages.length > 0
      }
      this.pollTries = 0
      if (!this.state.up) {
        this.change({ up: true })
        this.flushNow()
      }
      wait = this.pollDelay()
    } catch (error) {
      this.pollTries += 1
      if (this.noteFailure(error) === 'session') return
      wait = this.delay(this.pollTries, error)
    } finally {
      this.polling = false
    }
    if (!this.live) this.after('poll', wait, () => void this.poll())
    else if (this.highestSeen > this.state.timeline.cursor) this.after('poll', 500, () => void this.poll())
  }

  private pollDelay(): number {
    if (!this.parts.isVisible()) return POLL_HIDDEN_MS
    return this.timers.has('typing') ? POLL_SOON_MS : POLL_MS
  }

  /** Messages of the stream, in order. */
  private take(messages: readonly Message[]): void {
    if (messages.length === 0) return
    this.settle(messages)
    const timeline = advance(this.state.timeline, messages)
    const changes: Partial<LineState> = { timeline, notice: '' }
    if (messages.some((message) => message.direction === 'out')) {
      this.clear('typing')
      changes.typing = false
    }
    if (messages.at(-1)?.sender.kind === 'agent') {
      changes.owner = 'agent'
      changes.ahead = null
    }
    this.change(changes)
    this.expectReply()
  }

  /** The bot answers at once; say that it is at work until it has. A person's pace is their own. */
  private expectReply(): void {
    this.clear('check')
    if (this.state.owner !== 'bot' || !awaitsReply(this.state.timeline)) return
    this.showTyping(REPLY_EXPECTED_MS)
    // Live events are best effort; an answer that does not come is asked for.
    this.after('check', REPLY_LATE_MS, () => void this.poll())
  }

  /** What came back from the gateway waits no longer, whichever way it got there. */
  private settle(messages: readonly Message[]): void {
    for (const { client_id: id } of messages) {
      if (id === null || !this.parts.outbox.has(id)) continue
      this.parts.outbox.remove(id)
      void this.parts.files.drop(id)
    }
    this.state = { ...this.state, pending: this.parts.outbox.list() }
  }

  private showTyping(ms: number): void {
    this.change({ typing: true })
    this.after('typing', ms, () => this.change({ typing: false }))
  }

  // --- outbox ----------------------------------------------------------------------------------------------------

  private enqueue(content: Content): void {
    this.parts.outbox.add(content, Date.now())
    this.showPending()
    this.flushNow()
  }

  private flushNow(): void {
    this.clear('flush')
    void this.flush()
  }

  private async flush(): Promise<void> {
    if (this.sending || this.stopped) return
    this.sending = true
    try {
      for (;;) {
        const item = this.parts.outbox.next()
        const session = this.session
        if (!item || !session) return
        if (!(await this.send(item, session))) return
      }
    } finally {
      this.sending = false
    }
  }

  /** True when the next item may follow. */
  private async send(item: Pending, session: Session): Promise<boolean> {
    const { outbox, client, files } = this.parts
    outbox.mark(item.clientId, 'sending')
    this.showPending()
    try {
      const said = await this.prepare(item, session)
      if (!said) return true
      const message = await client.say(session.token, said)
      if (this.session !== session) return true
      this.sendTries = 0
      void files.drop(item.clientId)
      if (message) outbox.remove(item.clientId)
      else outbox.mark(item.clientId, 'stored')
      this.change({
        up: true,
        timeline: remember(this.state.timeline, message ? [message] : []),
        pending: outbox.list(),
      })
      this.expectReply()
      if (!this.live) this.after('poll', POLL_AFTER_SENDING_MS, () => void this.poll())
      return true
    } catch (error) {
      const failure = error instanceof CallError ? error : new CallError('unreachable', 'unexpected', String(error))
      if (failure.kind === 'refused') {
        outbox.mark(item.clientId, 'refused', failure.code)
        this.showPending()
        return true
      }
      this.sendTries += 1
      outbox.markAllFailed()
      this.showPending()
      if (this.noteFailure(failure) === 'session') return false
      this.after('flush', this.delay(this.sendTries, failure), () => void this.flush())
      return false
    }
  }

  /** What to send for the item; null when its file is gone and there is nothing to send. */
  private async prepare(item: Pending, session: Session): Promise<Said | null> {
    const { outbox, client, files } = this.parts
    if (item.content.kind === 'text') return { client_id: item.clientId, text: item.content.text }
    if (item.content.kind === 'parts') return { client_id: item.clientId, parts: item.content.parts }
    const file = await files.get(item.clientId)
    if (!file) {
      outbox.mark(item.clientId, 'refused', 'file_gone')
      this.showPending()
      return null
    }
    const blobId = await client.upload(session.token, file, item.content.name)
    const type = item.content.contentType.startsWith('image/') ? 'image' : 'file'
    const parts: SentPart[] = [{ type, media: { blob_id: blobId } }]
    outbox.replaceContent(item.clientId, { kind: 'parts', parts, label: item.content.name })
    return { client_id: item.clientId, parts }
  }

  // --- small things ------------------------------------------------------------------------------------------------

  private noteFailure(error: unknown): string {
    const kind = error instanceof CallError ? error.kind : 'unreachable'
    // The network itself failed: a socket that still looks open is most likely dead and would only hide it.
    if (this.live && error instanceof CallError && error.code === NO_ANSWER) this.lost(null)
    if (kind === 'session') this.renew()
    else if (kind === 'unreachable' && !this.live) this.change({ up: false })
    return kind
  }

  private delay(tries: number, error: unknown): number {
    const wait = backoff(tries, this.parts.random)
    const asked = error instanceof CallError ? (error.retryAfter ?? 0) * 1000 : 0
    return Math.max(wait, asked)
  }

  private showPending(): void {
    this.change({ pending: this.parts.outbox.list() })
  }

  private change(changes: Partial<LineState>): void {
    this.state = { ...this.state, ...changes }
    this.parts.onChange(this.state)
  }

  /** One timer a name; setting it again replaces it. */
  private after(name: string, ms: number, act: () => void): void {
    this.clear(name)
    if (this.stopped) return
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
