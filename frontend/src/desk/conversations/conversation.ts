/** One conversation that is looked at in this tab: its thread kept up to date, and who writes. */
import { shallowRef } from 'vue'
import { api, DeskError } from '../api'
import { readNote, readRow, readThread, readDeskMessage } from './protocol'
import type { DeskMessage, Frame, Marked, Note, Row, ThreadPage } from './protocol'
import { begun, delivered, earlier, followed, known, noted, seen, settledUpTo, unread } from './thread'
import type { Thread } from './thread'
import type { DeskLine } from './line'
import type { Unsent } from './unsent'
import { leavesGap } from '@/chat/timeline'

export interface Citizen extends Marked {
  contact_id: string
  verified: boolean
  elsewhere: readonly (Marked & { conversation_id: string; verified: boolean })[]
  tickets: readonly { number: string; title: string; state: string; kind: string; filed_at: string; due: string | null }[]
  handoffs: readonly Handoff[]
  allowance: { left: number; until: string } | null
}

export interface Handoff {
  at: string
  from: string
  to: string
  by: string
  to_id: string | null
  reason: string
  category: string
  note: string
}

export interface Looked {
  thread: Thread
  /** False until the last messages are here. */
  loaded: boolean
  /** Why they are not. */
  error: DeskError | null
  row: Row | null
  citizen: Citizen | null
  /** What this person had written and not sent, here or as the gateway kept it; null until it is known. */
  drafts: Readonly<Record<Unsent['kind'], string>> | null
  /** The citizen is writing. */
  typing: boolean
  loadingOlder: boolean
}

const PAGE = 60
const CAUGHT_UP = 200
/** Pages read back at once to come to a day long gone; whoever wants to see further asks again. */
const MOST_PAGES_BACK = 25
const TYPING_SHOWN_MS = 6_000
/** What has been on its way for longer is an operator's matter. */
const GIVEN_UP_MS = 30 * 60_000

export class Conversation {
  readonly state = shallowRef<Looked>({
    thread: unread,
    loaded: false,
    error: null,
    row: null,
    citizen: null,
    drafts: null,
    typing: false,
    loadingOlder: false,
  })
  /** How high each line was when it was last drawn, px by the line's key: who comes back finds them where they were. */
  readonly heights = new Map<string, number>()

  private looking = false
  private loading: Promise<void> | null = null
  private catchingUp = false
  private typingTimer = 0
  private markedRead = 0

  constructor(
    readonly id: string,
    private readonly line: DeskLine,
    private readonly now: () => number,
    /** A message or note with this client id is stored. */
    private readonly settle: (clientId: string) => void,
  ) {}

  private get path(): string {
    return `/conversations/${this.id}`
  }

  /** Somebody looks at it: be told what happens from now on. */
  look(): void {
    if (this.looking) return
    this.looking = true
    if (this.state.value.loaded) {
      this.watch()
      void this.catchUp()
      void this.loadCitizen()
    } else void this.load()
  }

  leave(): void {
    this.looking = false
    this.line.unwatch(this.id)
  }

  load(): Promise<void> {
    this.loading ??= this.loadAll().finally(() => {
      this.loading = null
    })
    return this.loading
  }

  private async loadAll(): Promise<void> {
    this.change({ error: null })
    try {
      const [page] = await Promise.all([this.read({ limit: PAGE }), this.loadCitizen(true)])
      this.change({ thread: begun(page), loaded: true })
      if (this.looking) this.watch()
    } catch (error) {
      if (!(error instanceof DeskError)) throw error
      this.change({ error })
    }
  }

  private watch(): void {
    this.line.watch(this.id, () => {
      const { thread, row } = this.state.value
      return settledUpTo(thread, this.now() - GIVEN_UP_MS, row?.channel === 'sms')
    })
  }

  private async read(query: Record<string, number>): Promise<ThreadPage> {
    return readThread(await api.get(`${this.path}/messages`, query))
  }

  /** Who writes, whose it is, what they may still be told. */
  async loadCitizen(orThrow = false): Promise<void> {
    try {
      const found = await api.get<{ conversation: unknown; citizen: Citizen; drafts: Looked['drafts'] }>(this.path)
      const row = readRow(found.conversation)
      if (row && this.isNews(row)) this.change({ row })
      this.change({ citizen: found.citizen, drafts: found.drafts })
    } catch (error) {
      // what was known stays
      if (orThrow || !(error instanceof DeskError)) throw error
    }
  }

  /** What was sent, and what the citizen writes, changes how many answers their platform still takes. */
  private countAnswers(): void {
    if (this.state.value.citizen?.allowance) void this.loadCitizen()
  }

  /** The line is live again: what is no message, as notes, is asked for. */
  onLive(): void {
    // what was read while nobody could be told
    if (this.markedRead) this.line.say({ type: 'read', conversation_id: this.id, seq: this.markedRead })
    if (!this.looking) return
    if (this.state.value.loaded) void this.catchUp()
    else void this.load()
  }

  onFrame(frame: Frame): void {
    switch (frame.type) {
      case 'message':
        if (!this.state.value.loaded) return
        if (leavesGap(this.state.value.thread.timeline, frame.message)) void this.catchUp()
        else this.take([frame.message])
        break
      case 'delivery':
        this.change({ thread: delivered(this.state.value.thread, frame.outcome) })
        this.countAnswers()
        break
      case 'allowance':
        this.countAnswers()
        break
      case 'watched':
        this.change({ thread: seen(this.state.value.thread, frame.read_by_citizen) })
        this.onRow(frame.row)
        // the bot has it: no list shows it, the conversation itself does
        if (!frame.row && this.state.value.row?.owner.kind !== 'bot') void this.loadCitizen()
        break
      case 'note':
        this.stored(frame.note)
        break
      case 'typing':
        this.change({ typing: true })
        clearTimeout(this.typingTimer)
        this.typingTimer = window.setTimeout(() => this.change({ typing: false }), TYPING_SHOWN_MS)
        break
    }
  }

  /** A row as a list or a move told it; null when none did. */
  onRow(row: Row | null): void {
    if (!row || !this.isNews(row)) return
    const before = this.state.value.row?.owner
    this.change({ row })
    const moved = before && (before.kind !== row.owner.kind || before.id !== row.owner.id)
    if (moved && this.looking) void this.loadCitizen()
  }

  private isNews(row: Row): boolean {
    return row.version >= (this.state.value.row?.version ?? 0)
  }

  /** What was left standing in the fields to write in. */
  drafted(drafts: Looked['drafts']): void {
    if (this.state.value.drafts) this.change({ drafts })
  }

  /** What a call of this tab has stored, as the gateway gave it back. */
  storedMessage(value: unknown): void {
    const message = readDeskMessage(value)
    if (message) this.change({ thread: known(this.state.value.thread, [message]) })
  }

  /** Have a message tried again that did not reach the citizen. Throws `DeskError`. */
  async sendAgain(seq: number): Promise<void> {
    this.storedMessage(await api.post(`${this.path}/messages/${seq}/retry`, {}))
  }

  storedNote(value: unknown): void {
    const note = readNote(value)
    if (note) this.stored(note)
  }

  private stored(note: Note): void {
    this.settle(note.id.split(':').at(-1) ?? '')
    this.change({ thread: noted(this.state.value.thread, [note]) })
  }

  /** Messages of the stream, in order. */
  private take(messages: readonly DeskMessage[]): void {
    if (!messages.length) return
    for (const message of messages) if (message.client_id) this.settle(message.client_id)
    const heard = messages.some((message) => message.direction === 'in')
    this.change({
      thread: followed(this.state.value.thread, messages),
      typing: this.state.value.typing && !heard,
    })
    if (heard) this.countAnswers()
  }

  private async catchUp(): Promise<void> {
    if (this.catchingUp) return
    this.catchingUp = true
    try {
      let page: ThreadPage
      do {
        page = await this.read({ after: this.state.value.thread.timeline.cursor, limit: CAUGHT_UP })
        this.take(page.messages)
        this.change({ thread: seen(noted(this.state.value.thread, page.notes), page.read_by_citizen) })
      } while (page.messages.length === CAUGHT_UP)
    } catch (error) {
      // the line comes back, and with it another try
      if (!(error instanceof DeskError)) throw error
    } finally {
      this.catchingUp = false
    }
  }

  /** Read back to a moment, as far as a few thousand messages reach. */
  async loadBackTo(at: number): Promise<void> {
    for (let page = 0; page < MOST_PAGES_BACK; page += 1) {
      const before = this.state.value.thread.timeline.messages[0]
      if (!before || before.at <= at || !this.state.value.thread.timeline.older) return
      await this.loadOlder(CAUGHT_UP)
      // nothing came: it could not be read, or is being read already
      if (this.state.value.thread.timeline.messages[0] === before) return
    }
  }

  async loadOlder(limit = PAGE): Promise<void> {
    const { thread, loadingOlder } = this.state.value
    const first = thread.timeline.messages[0]
    if (!first || !thread.timeline.older || loadingOlder) return
    this.change({ loadingOlder: true })
    try {
      const page = await this.read({ before: first.seq, limit })
      this.change({ thread: earlier(this.state.value.thread, page) })
    } catch (error) {
      if (!(error instanceof DeskError)) throw error
    } finally {
      this.change({ loadingOlder: false })
    }
  }

  /** Everything up to the last number was seen by the person who has it. */
  markRead(): void {
    const { cursor } = this.state.value.thread.timeline
    if (cursor <= this.markedRead) return
    this.markedRead = cursor
    this.line.say({ type: 'read', conversation_id: this.id, seq: cursor })
  }

  private change(changes: Partial<Looked>): void {
    this.state.value = { ...this.state.value, ...changes }
  }
}
