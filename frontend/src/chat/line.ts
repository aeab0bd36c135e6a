/**
 * The line between this page and the gateway: the session, and what is said both ways.
 *
 * Words go out by the sender. Words come in by the stream; whenever it is not live, by asking `GET /messages?after=`
 * instead, so a network that blocks sockets still works. Both feed one timeline whose cursor says up to which number
 * nothing is missing.
 */
import { CallError, NO_ANSWER } from '@/api/client'
import type { Client } from '@/api/client'
import type { Frame, Message, Owner, Session } from '@/api/protocol'
import type { TokenKeep } from '@/api/token'
import { failureOf, pauseAfter } from './failures'
import type { Files } from './files'
import type { Outbox, Pending } from './outbox'
import { Sender } from './sender'
import { Stream } from './stream'
import { advance, awaitsReply, empty, leavesGap, prepend, remember } from './timeline'
import type { Timeline } from './timeline'
import { Timers } from './timers'

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

const POLL_SOON_MS = 1_000
const POLL_AFTER_SENDING_MS = 400
const POLL_MS = 4_000
const POLL_HIDDEN_MS = 20_000
const TYPING_SHOWN_MS = 6_000
const REPLY_EXPECTED_MS = 20_000
const REPLY_LATE_MS = 3_000
const TYPING_EVERY_MS = 3_000
const HISTORY = 30

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
  private pollTries = 0
  private openTries = 0
  private highestSeen = 0
  private lastRead = 0
  private lastTyping = 0
  private polling = false
  private stopped = false
  private readonly timers = new Timers()
  private readonly random: () => number
  private readonly stream: Stream
  private readonly sender: Sender

  constructor(private readonly parts: LineParts) {
    const { client, outbox, files, openSocket, random = Math.random } = parts
    this.random = random
    this.state = { ...this.state, pending: outbox.list() }
    this.stream = new Stream({
      openSocket,
      random,
      token: () => (this.stopped ? null : (this.session?.token ?? null)),
      cursor: () => this.state.timeline.cursor,
      onFrame: (frame) => this.receive(frame),
      // Something may have been said in between.
      onLost: (ask) => this.timers.after('poll', ask, () => void this.poll()),
    })
    this.sender = new Sender({
      client,
      outbox,
      files,
      random,
      session: () => this.session,
      onPending: () => this.change({ pending: outbox.list() }),
      onSent: (message) => this.sent(message),
      onFailure: (failure) => this.noteFailure(failure) !== 'session',
    })
  }

  start(): void {
    void this.open()
  }

  stop(): void {
    this.stopped = true
    this.timers.end()
    this.sender.end()
    this.stream.end()
  }

  /** Say a text. Empty text says nothing. */
  say(text: string): void {
    const words = text.trim()
    if (words) this.sender.say({ kind: 'text', text: words })
  }

  sayLocation(latitude: number, longitude: number): void {
    this.sender.say({ kind: 'parts', parts: [{ type: 'location', latitude, longitude, label: '' }], label: '' })
  }

  sayFile(file: File): Promise<void> {
    return this.sender.sayFile(file)
  }

  /** The citizen asks for another try now. */
  retry(clientId: string): void {
    this.sender.retry(clientId)
    this.wake()
  }

  /** Give up a message that was refused. */
  discard(clientId: string): void {
    this.sender.discard(clientId)
  }

  /** The citizen is typing; told to a person on the other side, at most every three seconds. */
  typing(): void {
    const now = Date.now()
    if (this.state.owner !== 'agent' || now - this.lastTyping < TYPING_EVERY_MS) return
    this.lastTyping = now
    this.stream.send({ type: 'typing' })
  }

  /** The citizen has seen everything up to this number. */
  read(seq: number): void {
    if (seq <= this.lastRead || !this.session) return
    this.lastRead = seq
    if (this.stream.live) this.stream.send({ type: 'read', seq })
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
    this.pollTries = 0
    this.openTries = 0
    if (!this.session) {
      this.timers.clear('open')
      void this.open()
      return
    }
    this.stream.wake()
    if (!this.stream.live) void this.poll()
    this.sender.wake()
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
      this.sender.settle(messages)
      this.change({
        pending: this.parts.outbox.list(),
        ready: true,
        up: true,
        owner: page?.owner ?? 'bot',
        staffRead: session.read.staff,
        timeline: { messages, cursor: session.seq, older: page?.more ?? false },
      })
      this.stream.open()
      this.sender.send()
    } catch (error) {
      const failure = failureOf(error)
      if (failure.kind === 'session' && token !== null) {
        this.parts.token.save(null)
        this.change({ renewed: true })
        this.timers.after('open', 0, () => void this.open())
      } else {
        this.openTries += 1
        this.change({ up: false })
        const pause = pauseAfter(this.openTries, failure, this.random)
        this.timers.after('open', pause, () => void this.open())
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
    this.stream.close()
    this.sender.pause()
    this.timers.clear('poll')
    this.change({ timeline: empty, owner: 'bot', ahead: null, typing: false, staffRead: 0, renewed: true })
    void this.open()
  }

  // --- what comes ------------------------------------------------------------------------------------------------

  private receive(frame: Frame): void {
    switch (frame.type) {
      case 'welcome':
        this.pollTries = 0
        this.timers.clear('poll')
        this.highestSeen = Math.max(this.highestSeen, frame.seq)
        this.change({ up: true, owner: frame.owner })
        this.sender.send()
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
      case 'error':
        if (frame.code === 'session_invalid' || frame.code === 'session_expired') this.renew()
        break
      case 'bye':
      case 'pong':
        break // the stream's own
    }
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
        this.sender.send()
      }
      wait = this.pollDelay()
    } catch (error) {
      this.pollTries += 1
      if (this.noteFailure(error) === 'session') return
      wait = pauseAfter(this.pollTries, failureOf(error), this.random)
    } finally {
      this.polling = false
    }
    if (!this.stream.live) this.timers.after('poll', wait, () => void this.poll())
    else if (this.highestSeen > this.state.timeline.cursor) this.timers.after('poll', 500, () => void this.poll())
  }

  private pollDelay(): number {
    if (!this.parts.isVisible()) return POLL_HIDDEN_MS
    return this.timers.has('typing') ? POLL_SOON_MS : POLL_MS
  }

  /** Messages of the stream, in order. */
  private take(messages: readonly Message[]): void {
    if (messages.length === 0) return
    this.sender.settle(messages)
    const timeline = advance(this.state.timeline, messages)
    const changes: Partial<LineState> = { timeline, notice: '', pending: this.parts.outbox.list() }
    if (messages.some((message) => message.direction === 'out')) {
      this.timers.clear('typing')
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
    this.timers.clear('check')
    if (this.state.owner !== 'bot' || !awaitsReply(this.state.timeline)) return
    this.showTyping(REPLY_EXPECTED_MS)
    // Live events are best effort; an answer that does not come is asked for.
    this.timers.after('check', REPLY_LATE_MS, () => void this.poll())
  }

  private sent(message: Message | null): void {
    this.change({
      up: true,
      timeline: remember(this.state.timeline, message ? [message] : []),
      pending: this.parts.outbox.list(),
    })
    this.expectReply()
    if (!this.stream.live) this.timers.after('poll', POLL_AFTER_SENDING_MS, () => void this.poll())
  }

  private showTyping(ms: number): void {
    this.change({ typing: true })
    this.timers.after('typing', ms, () => this.change({ typing: false }))
  }

  private noteFailure(error: unknown): string {
    const { kind, code } = failureOf(error)
    // The network itself failed: a socket that still looks open is most likely dead and would only hide it.
    if (this.stream.live && code === NO_ANSWER) this.stream.lost()
    if (kind === 'session') this.renew()
    else if (kind === 'unreachable' && !this.stream.live) this.change({ up: false })
    return kind
  }

  private change(changes: Partial<LineState>): void {
    this.state = { ...this.state, ...changes }
    this.parts.onChange(this.state)
  }
}
