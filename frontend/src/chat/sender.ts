/**
 * What the citizen says, on its way out: by POST, one at a time and in order, each under its client id, again and again
 * until the gateway has it or refuses it.
 */
import type { CallError, Client, Said } from '@/api/client'
import type { Message, SentPart, Session } from '@/api/protocol'
import { failureOf, pauseAfter } from './failures'
import type { Files } from './files'
import type { Content, Outbox, Pending } from './outbox'
import { Timers } from './timers'

export interface SenderParts {
  client: Client
  outbox: Outbox
  files: Files
  session: () => Session | null
  /** What waits is different now. */
  onPending: () => void
  /** The gateway has one more; null when the message comes by the stream. */
  onSent: (message: Message | null) => void
  /** A call failed. Whether it is to be tried again; not when the session is over. */
  onFailure: (failure: CallError) => boolean
  random: () => number
}

export class Sender {
  private tries = 0
  private sending = false
  private ended = false
  private readonly timers = new Timers()

  constructor(private readonly parts: SenderParts) {}

  say(content: Content): void {
    this.parts.outbox.add(content, Date.now())
    this.parts.onPending()
    this.send()
  }

  async sayFile(file: File): Promise<void> {
    const { outbox, files, onPending } = this.parts
    const content: Content = { kind: 'file', name: file.name || 'file', contentType: file.type, size: file.size }
    const item = outbox.add(content, Date.now())
    onPending()
    await files.put(item.clientId, file)
    this.send()
  }

  /** What failed or was refused waits again. */
  retry(clientId: string): void {
    this.parts.outbox.mark(clientId, 'waiting')
    this.parts.onPending()
  }

  discard(clientId: string): void {
    this.parts.outbox.remove(clientId)
    void this.parts.files.drop(clientId)
    this.parts.onPending()
  }

  /** What came back from the gateway waits no longer, whichever way it got there. */
  settle(messages: readonly Message[]): void {
    for (const { client_id: id } of messages) {
      if (id === null || !this.parts.outbox.has(id)) continue
      this.parts.outbox.remove(id)
      void this.parts.files.drop(id)
    }
  }

  /** Send what waits, now. */
  send(): void {
    this.timers.clear('send')
    void this.sendAll()
  }

  /** As after no failure. */
  wake(): void {
    this.tries = 0
    this.send()
  }

  /** Until it is told to send again. */
  pause(): void {
    this.timers.clear('send')
  }

  end(): void {
    this.ended = true
    this.timers.end()
  }

  private async sendAll(): Promise<void> {
    if (this.sending || this.ended) return
    this.sending = true
    try {
      for (;;) {
        const item = this.parts.outbox.next()
        const session = this.parts.session()
        if (!item || !session) return
        if (!(await this.sendOne(item, session))) return
      }
    } finally {
      this.sending = false
    }
  }

  /** True when the next item may follow. */
  private async sendOne(item: Pending, session: Session): Promise<boolean> {
    const { outbox, client, files } = this.parts
    outbox.mark(item.clientId, 'sending')
    this.parts.onPending()
    try {
      const said = await this.prepare(item, session)
      if (!said) return true
      const message = await client.say(session.token, said)
      if (this.parts.session() !== session) return true
      this.tries = 0
      void files.drop(item.clientId)
      if (message) outbox.remove(item.clientId)
      else outbox.mark(item.clientId, 'stored')
      this.parts.onSent(message)
      return true
    } catch (error) {
      const failure = failureOf(error)
      if (failure.kind === 'refused') {
        outbox.mark(item.clientId, 'refused', failure.code)
        this.parts.onPending()
        return true
      }
      this.tries += 1
      outbox.markAllFailed()
      this.parts.onPending()
      if (this.parts.onFailure(failure)) {
        const pause = pauseAfter(this.tries, failure, this.parts.random)
        this.timers.after('send', pause, () => void this.sendAll())
      }
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
      this.parts.onPending()
      return null
    }
    const blobId = await client.upload(session.token, file, item.content.name)
    const type = item.content.contentType.startsWith('image/') ? 'image' : 'file'
    const parts: SentPart[] = [{ type, media: { blob_id: blobId } }]
    outbox.replaceContent(item.clientId, { kind: 'parts', parts, label: item.content.name })
    return { client_id: item.clientId, parts }
  }
}
