/**
 * One phone of this page: made once, found again after a reload, followed event by event.
 *
 * A simulator that was started anew knows the phone no longer; another is made, and the state says so.
 */
import { backoff } from '@/chat/backoff'
import { PhoneError } from './api'
import type { Act, PhoneApi } from './api'
import { emptyLog, fold } from './events'
import type { Log, Phone, PhoneKind } from './events'

export interface LineState {
  phone: Phone | null
  log: Log
  /** The events of before are here. */
  ready: boolean
  /** The simulator does not answer; it is asked again. */
  away: boolean
  /** The phone used before is gone; this is another, on which nothing was said yet. */
  renewed: boolean
}

export const opening: LineState = { phone: null, log: emptyLog, ready: false, away: false, renewed: false }

/** Where the phone's id is kept. */
export interface Keep {
  get: () => string | null
  set: (id: string) => void
}

export class PhoneLine {
  private now: LineState = opening
  private abort = new AbortController()
  private running = false
  private waiting: (() => void)[] = []

  constructor(
    private readonly kind: PhoneKind,
    private readonly api: PhoneApi,
    private readonly keep: Keep,
    private readonly changed: (state: LineState) => void,
    /** Waits so many milliseconds, or until the signal. */
    private readonly sleep: (ms: number, signal: AbortSignal) => Promise<void> = pause,
  ) {}

  get state(): LineState {
    return this.now
  }

  /** Follow the phone until `stop`. */
  async start(): Promise<void> {
    if (this.running) return
    this.running = true
    const abort = new AbortController()
    this.abort = abort
    let failures = 0
    let losses = 0 // phones, one after the other
    while (!abort.signal.aborted) {
      try {
        await this.step(abort.signal)
        failures = losses = 0
        if (this.now.away && !abort.signal.aborted) this.set({ away: false })
      } catch (error) {
        if (abort.signal.aborted) break
        if (error instanceof PhoneError && error.kind === 'gone' && this.now.phone) {
          this.set({ ...opening, renewed: true })
          this.keep.set('')
          failures = 0 // it answers
          if (losses++ === 0) continue
        } else {
          failures += 1
          this.set({ away: true })
        }
        await this.sleep(backoff(Math.max(failures, losses)), abort.signal)
      }
    }
    // started again meanwhile, another loop follows the phone
    if (this.abort === abort) this.running = false
  }

  stop(): void {
    this.abort.abort()
    this.running = false
    this.wake()
  }

  /** Do something on the phone, once it is there; the number of its event. Throws `PhoneError`. */
  async act(act: Act): Promise<number> {
    await this.opened()
    const n = await this.api.act(this.id(), act)
    if (this.now.renewed) this.set({ renewed: false })
    // what it changed on the phone shows at once; when it cannot be read, the next event shows it
    await this.look().catch(() => undefined)
    return n
  }

  async setReachable(reachable: boolean): Promise<void> {
    await this.api.setReachable(this.id(), reachable)
    await this.look()
  }

  /** Resolves when the phone is there, or none is to be had for now. */
  private async opened(): Promise<void> {
    while (this.running && !this.now.phone && !this.now.away) {
      await new Promise<void>((resolve) => this.waiting.push(resolve))
    }
  }

  private wake(): void {
    for (const wake of this.waiting.splice(0)) wake()
  }

  private id(): string {
    if (!this.now.phone) throw new PhoneError('away')
    return this.now.phone.id
  }

  private async step(signal: AbortSignal): Promise<void> {
    if (!this.now.phone) {
      const phone = await this.find()
      if (signal.aborted) return
      this.keep.set(phone.id)
      this.set({ phone, log: emptyLog, ready: false })
    }
    const id = this.id()
    const events = await this.api.events(id, this.now.log.cursor, this.now.ready, signal)
    if (signal.aborted || this.now.phone?.id !== id) return
    if (events.length > 0 || !this.now.ready) this.set({ log: fold(this.now.log, events), ready: true })
    // a word may have changed the phone: TD, a follow
    if (events.length > 0) await this.look()
  }

  /** The phone kept from before, else a new one. */
  private async find(): Promise<Phone> {
    const kept = this.keep.get()
    if (kept) {
      try {
        const phone = await this.api.look(kept)
        if (phone.kind === this.kind) return phone
      } catch (error) {
        if (!(error instanceof PhoneError) || error.kind === 'away') throw error
      }
      this.set({ renewed: true })
    }
    return this.api.make(this.kind)
  }

  private async look(): Promise<void> {
    const id = this.id()
    const phone = await this.api.look(id)
    if (this.now.phone?.id === id) this.set({ phone })
  }

  private set(change: Partial<LineState>): void {
    this.now = { ...this.now, ...change }
    this.changed(this.now)
    this.wake()
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    signal.addEventListener('abort', done)
  })
}
