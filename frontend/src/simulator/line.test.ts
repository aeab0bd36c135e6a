import { describe, expect, it } from 'vitest'
import { PhoneError } from './api'
import type { Act, PhoneApi } from './api'
import { readEvents } from './events'
import type { Phone, PhoneEvent, PhoneKind } from './events'
import { PhoneLine } from './line'
import type { LineState } from './line'

/** A simulator as the page sees it, which can be restarted and cut off. */
class FakeSimulator implements PhoneApi {
  phones = new Map<string, { phone: Phone; events: PhoneEvent[] }>()
  made = 0
  away = false
  /** A phone is made only when `makeNow` is called. */
  slow = false
  makeNow: (() => void) | null = null
  private woken: (() => void)[] = []

  async make(kind: PhoneKind): Promise<Phone> {
    if (this.slow) await new Promise<void>((resolve) => (this.makeNow = resolve))
    this.up()
    this.made += 1
    const id = `phone${this.made}`
    const phone = { id, kind, name: id, following: true, optedOut: false, reachable: true, menu: null }
    this.phones.set(id, { phone, events: [] })
    return phone
  }

  async look(id: string): Promise<Phone> {
    return { ...this.at(id).phone }
  }

  async act(id: string, act: Act): Promise<number> {
    const n = this.tell(id, { from: 'me', text: act.type === 'text' ? act.text : '', state: 'sending' })
    if (act.type === 'text' && act.text === 'TD') this.at(id).phone.optedOut = true
    return n
  }

  async setReachable(id: string, reachable: boolean): Promise<void> {
    this.at(id).phone.reachable = reachable
  }

  async events(id: string, after: number, wait: boolean, signal: AbortSignal): Promise<PhoneEvent[]> {
    const news = () => this.at(id).events.filter((event) => event.n > after)
    while (wait && news().length === 0 && !signal.aborted) {
      await new Promise<void>((resolve) => {
        this.woken.push(resolve)
        signal.addEventListener('abort', () => resolve())
      })
    }
    return news()
  }

  tell(id: string, event: object): number {
    const { events } = this.at(id)
    const n = events.length + 1
    events.push(...readEvents({ events: [{ n, at: '2026-11-24T15:30:00Z', type: 'text', ...event }] }))
    this.wake()
    return n
  }

  restart(): void {
    this.phones.clear()
    this.wake()
  }

  wake(): void {
    for (const wake of this.woken.splice(0)) wake()
  }

  private up(): void {
    if (this.away) throw new PhoneError('away')
  }

  private at(id: string) {
    this.up()
    const found = this.phones.get(id)
    if (!found) throw new PhoneError('gone')
    return found
  }
}

function open(simulator: FakeSimulator, kept = '') {
  const seen: LineState[] = []
  const naps: number[] = []
  let id = kept
  const keep = { get: () => id, set: (value: string) => void (id = value) }
  const sleep = async (ms: number) => {
    naps.push(ms)
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
  const line = new PhoneLine('sms', simulator, keep, (state) => void seen.push(state), sleep)
  return { line, seen, naps, kept: () => id }
}

async function until(what: () => boolean): Promise<void> {
  for (let i = 0; i < 400; i += 1) {
    if (what()) return
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
  throw new Error('it did not happen')
}

describe('a phone of the page', () => {
  it('is made once and keeps its id', async () => {
    const simulator = new FakeSimulator()
    const { line, kept } = open(simulator)
    const running = line.start()
    await until(() => line.state.ready)
    expect(kept()).toBe('phone1')
    expect(line.state.renewed).toBe(false)
    line.stop()
    await running
    expect(simulator.made).toBe(1)
  })

  it('is found again after a reload, with all that was said', async () => {
    const simulator = new FakeSimulator()
    await simulator.make('sms')
    simulator.tell('phone1', { from: 'hotline', text: '您好' })
    const { line } = open(simulator, 'phone1')
    const running = line.start()
    await until(() => line.state.log.entries.length === 1)
    expect(simulator.made).toBe(1)
    line.stop()
    await running
  })

  it('shows what comes, and what a word changed on it', async () => {
    const simulator = new FakeSimulator()
    const { line } = open(simulator)
    const running = line.start()
    await until(() => line.state.ready)
    const n = await line.act({ type: 'text', text: 'TD' })
    await until(() => line.state.log.cursor >= n)
    expect(line.state.phone?.optedOut).toBe(true)
    simulator.tell('phone1', { of: n, from: 'me', state: 'delivered' })
    await until(() => line.state.log.entries[0]?.state === 'delivered')
    await line.setReachable(false)
    expect(line.state.phone?.reachable).toBe(false)
    line.stop()
    await running
  })

  it('is another, and says so, when the simulator was started anew', async () => {
    const simulator = new FakeSimulator()
    const { line, kept, naps } = open(simulator)
    const running = line.start()
    await until(() => line.state.ready)
    await line.act({ type: 'text', text: '在吗' })
    await until(() => line.state.log.cursor === 1)
    simulator.restart()
    await until(() => line.state.phone?.id === 'phone2' && line.state.ready)
    expect(line.state).toMatchObject({ renewed: true, log: { entries: [], cursor: 0 } })
    expect(kept()).toBe('phone2')
    expect(naps).toEqual([])
    await line.act({ type: 'text', text: '在吗' })
    expect(line.state.renewed).toBe(false)
    line.stop()
    await running
  })

  it('is another, too, when the one kept is known no more', async () => {
    const simulator = new FakeSimulator()
    const { line } = open(simulator, 'phone9')
    const running = line.start()
    await until(() => line.state.ready)
    expect(line.state).toMatchObject({ renewed: true, phone: { id: 'phone1' } })
    line.stop()
    await running
  })

  it('waits longer and longer for a simulator that is away, and keeps its phone', async () => {
    const simulator = new FakeSimulator()
    const { line, naps } = open(simulator)
    const running = line.start()
    await until(() => line.state.ready)
    simulator.away = true
    simulator.wake()
    await until(() => naps.length >= 3)
    expect(line.state).toMatchObject({ away: true, phone: { id: 'phone1' } })
    expect(Math.min(...naps)).toBeGreaterThanOrEqual(500)
    await expect(line.act({ type: 'text', text: '在吗' })).rejects.toMatchObject({ kind: 'away' })
    simulator.away = false
    simulator.tell('phone1', { from: 'hotline', text: '在' })
    await until(() => !line.state.away && line.state.log.cursor === 1)
    expect(simulator.made).toBe(1)
    line.stop()
    await running
  })

  it('takes what is said before it is there', async () => {
    const simulator = new FakeSimulator()
    simulator.slow = true
    const { line } = open(simulator)
    const running = line.start()
    const said = line.act({ type: 'text', text: '在吗' })
    await until(() => simulator.makeNow !== null)
    simulator.makeNow?.()
    expect(await said).toBe(1)
    await until(() => line.state.log.cursor === 1)
    line.stop()
    await running
  })

  it('does not keep what is said when there is none to be had, or nobody waits for it', async () => {
    const away = new FakeSimulator()
    away.away = true
    const one = open(away)
    const running = one.line.start()
    await expect(one.line.act({ type: 'text', text: '在吗' })).rejects.toMatchObject({ kind: 'away' })
    one.line.stop()
    const slow = new FakeSimulator()
    slow.slow = true
    const other = open(slow)
    const waiting = other.line.start()
    const said = other.line.act({ type: 'text', text: '在吗' })
    other.line.stop()
    await expect(said).rejects.toMatchObject({ kind: 'away' })
    await until(() => slow.makeNow !== null)
    slow.makeNow?.()
    await Promise.all([running, waiting])
  })

  it('is made at once by a simulator that is back, however long it was away', async () => {
    const simulator = new FakeSimulator()
    const { line, naps } = open(simulator)
    const running = line.start()
    await until(() => line.state.ready)
    simulator.away = true
    simulator.wake()
    await until(() => naps.length >= 3)
    simulator.restart()
    simulator.away = false
    const before = naps.length
    await until(() => line.state.phone?.id === 'phone2' && line.state.ready)
    expect(naps.length).toBe(before)
    expect(line.state.away).toBe(false)
    line.stop()
    await running
  })

  it('does not make one after the other for a simulator that forgets them', async () => {
    const simulator = new FakeSimulator()
    const { line, naps } = open(simulator)
    simulator.events = () => Promise.reject(new PhoneError('gone'))
    const running = line.start()
    await until(() => naps.length >= 3)
    expect(simulator.made - naps.length).toBeLessThanOrEqual(2)
    line.stop()
    await running
  })

  it('goes on after it was stopped', async () => {
    const simulator = new FakeSimulator()
    const { line } = open(simulator)
    const first = line.start()
    await until(() => line.state.ready)
    line.stop()
    const second = line.start()
    simulator.tell('phone1', { from: 'hotline', text: '一' })
    await until(() => line.state.log.entries.length === 1)
    line.stop()
    await Promise.all([first, second])
    expect(simulator.made).toBe(1)
  })
})
