import { describe, expect, it } from 'vitest'
import type { Agent, Row } from '../conversations/protocol'
import { figures, inOrder, isOf, parts } from './figures'

const NOW = 1_000_000

function agent(username: string, more: Partial<Agent> = {}): Agent {
  return { username, name: username, state: 'available', capacity: 6, skills: [], unit: '', connected: true, load: 0, ...more }
}

function row(id: string, owner: string | null, since = NOW - 1_000): Row {
  return {
    id,
    version: 1,
    channel: 'web',
    citizen: id,
    contact_id: id,
    owner: { kind: owner ? 'agent' : 'queue', id: owner, name: owner, since, reason: '', urgent: false, skill: null, unit: null, snoozed_until: null },
    waiting_since: null,
    latest: null,
    seq: 1,
    unread: 0,
    merged_into: null,
    heard_at: null,
  }
}

const ROWS = new Map(
  [row('a', null, NOW - 9_000), row('b', null, NOW - 2_000), row('c', 'lin'), row('d', 'lin'), row('e', 'wang')].map((one) => [one.id, one]),
)

describe('the board', () => {
  it('counts who waits, who is served, and who could be', () => {
    const people = [agent('lin', { load: 4 }), agent('wang', { load: 8 }), agent('zhao', { state: 'away' }), agent('sun', { connected: false })]
    expect(figures(ROWS, people, NOW)).toEqual({ waiting: 2, longest: 9_000, inHand: 3, available: 2, room: 2 })
    expect(figures(new Map(), [], NOW)).toEqual({ waiting: 0, longest: null, inHand: 0, available: 0, room: 0 })
  })

  it('shows those who take conversations first, the busiest on top', () => {
    const people = [agent('gone', { connected: false }), agent('away', { state: 'away' }), agent('idle'), agent('busy', { load: 5 })]
    expect(inOrder(people).map((one) => one.username)).toEqual(['busy', 'idle', 'away', 'gone'])
  })

  it('says what the queue is made of, as far as that tells any apart', () => {
    const sms = row('a', null)
    const english = { ...row('b', null), channel: 'web', owner: { ...row('b', null).owner, skill: 'en' } }
    const queue = [{ ...sms, channel: 'sms' }, english, row('c', null)]
    expect(parts(queue).map((part) => [part.name, part.count])).toEqual([
      ['channel:sms', 1],
      ['channel:web', 2],
      ['skill:en', 1],
    ])
    expect(queue.filter((one) => isOf(one, 'skill:en')).map((one) => one.id)).toEqual(['b'])
    expect(queue.filter((one) => isOf(one, ''))).toHaveLength(3)
    expect(parts([row('a', null), row('b', null)])).toEqual([])
  })
})
