import { describe, expect, it } from 'vitest'
import type { Owner, Row } from './protocol'
import { changed, counts, list, newlyTheirs, othersOf, pressed, pressure, spoken, together, wants } from './rows'
import type { Rows, Viewer } from './rows'

const MIN = 60_000
const NOW = 1_000 * MIN
const lin: Viewer = { username: 'lin', leads: false }
const zhao: Viewer = { username: 'zhao', leads: true }

function row(id: string, owner: Partial<Owner>, more: Partial<Row> = {}): Row {
  const since = owner.since ?? NOW - MIN
  return {
    id,
    version: 1,
    channel: 'web',
    citizen: id,
    contact_id: id,
    owner: { kind: 'queue', id: null, name: null, reason: '', urgent: false, skill: null, unit: null, snoozed_until: null, ...owner, since },
    waiting_since: owner.kind === 'agent' ? null : since,
    latest: null,
    seq: 1,
    unread: 0,
    merged_into: null,
    heard_at: null,
    ...more,
  }
}

function agents(id: string, username: string, more: Partial<Row> = {}): Row {
  return row(id, { kind: 'agent', id: username }, more)
}

function known(...rows: Row[]): Rows {
  return new Map(rows.map((one) => [one.id, one]))
}

describe('rows', () => {
  it('keeps the newest version of a row, whichever comes first', () => {
    const newer = agents('a', 'lin', { version: 5, unread: 2 })
    const after = changed(known(newer), [agents('a', 'lin', { version: 4 })], [], lin)
    expect(after.get('a')).toBe(newer)
    expect(changed(after, [agents('a', 'lin', { version: 6 })], [], lin).get('a')?.version).toBe(6)
  })

  it('drops what is neither waiting nor theirs, and what the bot has again', () => {
    const before = known(row('a', {}), agents('b', 'lin'), row('c', {}))
    const after = changed(before, [agents('a', 'wang', { version: 2 }), agents('b', 'wang', { version: 2 })], ['c'], lin)
    expect([...after.keys()]).toEqual([])
  })

  it('shows leaders what everybody has', () => {
    const after = changed(known(), [agents('a', 'wang'), row('b', { kind: 'bot' })], [], zhao)
    expect([...after.keys()]).toEqual(['a'])
  })

  it('queues danger first, then who came first', () => {
    const rows = known(
      row('late', { since: NOW - MIN }),
      row('early', { since: NOW - 9 * MIN }),
      row('fire', { since: NOW - 1_000, urgent: true }),
    )
    expect(list(rows, 'waiting', lin, NOW).map((one) => one.id)).toEqual(['fire', 'early', 'late'])
  })

  it('puts danger first, then who waits longest, then the latest word, then what is put aside', () => {
    const said = (at: number) => ({ latest: { kind: 'text', text: '', at, direction: 'out' as const } })
    const rows = known(
      agents('answered', 'lin', said(NOW - 3 * MIN)),
      agents('answered-now', 'lin', said(NOW - MIN)),
      agents('waits', 'lin', { waiting_since: NOW - MIN }),
      agents('waits-long', 'lin', { waiting_since: NOW - 5 * MIN }),
      row('aside', { kind: 'agent', id: 'lin', snoozed_until: NOW + MIN }, { waiting_since: NOW - 9 * MIN }),
      agents('other', 'wang'),
      row('fire', { kind: 'agent', id: 'lin', urgent: true }, { waiting_since: NOW - 1_000 }),
    )
    const order = list(rows, 'mine', lin, NOW).map((one) => one.id)
    expect(order).toEqual(['fire', 'waits-long', 'waits', 'answered-now', 'answered', 'aside'])
    // it comes back by itself
    expect(list(rows, 'mine', lin, NOW + 2 * MIN)[1]?.id).toBe('aside')
  })

  it('counts each list', () => {
    const rows = known(row('a', {}), row('b', {}), agents('c', 'zhao'), agents('d', 'lin'))
    expect(counts(rows, zhao)).toEqual({ mine: 1, waiting: 2, everyone: 4 })
  })

  it('tells pressure by the share of the limit', () => {
    expect([0, 2 * MIN - 1, 2 * MIN, 5 * MIN - 1, 5 * MIN].map(pressure)).toEqual(['grey', 'grey', 'amber', 'amber', 'red'])
  })

  it('knows what was newly given to somebody', () => {
    const before = known(row('a', {}), agents('b', 'lin'))
    const after = known(agents('a', 'lin'), agents('b', 'lin'), agents('c', 'wang'))
    expect(newlyTheirs(before, after, 'lin').map((one) => one.id)).toEqual(['a'])
  })

  it('shows what is worked as one in one line', () => {
    const said = (text: string, at: number) => ({ latest: { kind: 'text', text, at, direction: 'in' as const } })
    const leader = agents('a', 'lin', { unread: 1, waiting_since: NOW - MIN, ...said('网页上', NOW - MIN) })
    const follower = agents('b', 'lin', {
      channel: 'wechat',
      merged_into: 'a',
      unread: 2,
      waiting_since: NOW - 5 * MIN,
      ...said('微信上', NOW),
    })
    const rows = known(follower, leader, agents('c', 'lin'))
    const [first, ...others] = list(rows, 'mine', lin, NOW)
    expect(others.map((one) => one.id)).toEqual(['c'])
    expect(first).toMatchObject({ id: 'a', unread: 3, waiting_since: NOW - 5 * MIN, latest: { text: '微信上' } })
    expect(first?.together.map((one) => one.id)).toEqual(['a', 'b'])
    expect(first && pressed(first).id).toBe('b')
    expect(counts(rows, lin)).toEqual({ mine: 2, waiting: 0, everyone: 2 })
    expect(together(rows, follower).map((one) => one.id)).toEqual(['a', 'b'])
  })

  it('queues what is worked as one by who came first, and danger to either first', () => {
    const rows = known(
      row('first', { since: NOW - 3 * MIN }),
      row('leader', { since: NOW - MIN }),
      row('follower', { since: NOW - 9 * MIN }, { merged_into: 'leader' }),
    )
    expect(list(rows, 'waiting', lin, NOW).map((one) => one.id)).toEqual(['leader', 'first'])
    const danger = known(row('first', { since: NOW - 3 * MIN }), row('leader', {}), row('x', { urgent: true }, { merged_into: 'leader' }))
    expect(list(danger, 'waiting', lin, NOW)[0]?.id).toBe('leader')
  })

  it('puts them aside when all of them are', () => {
    const leader = row('a', { kind: 'agent', id: 'lin', snoozed_until: NOW + MIN })
    const aside = row('b', { kind: 'agent', id: 'lin', snoozed_until: NOW + MIN }, { merged_into: 'a' })
    expect(list(known(leader, aside), 'mine', lin, NOW)[0]?.owner.snoozed_until).toBe(NOW + MIN)
    const back = row('b', { kind: 'agent', id: 'lin', snoozed_until: null }, { merged_into: 'a', waiting_since: NOW })
    expect(list(known(leader, back), 'mine', lin, NOW)[0]?.owner.snoozed_until).toBe(null)
  })

  it('shows one that follows what is not known here', () => {
    expect(list(known(row('b', {}, { merged_into: 'a' })), 'waiting', lin, NOW).map((one) => one.id)).toEqual(['b'])
  })

  it('makes no news of what came along with another', () => {
    const after = known(agents('a', 'lin'), agents('b', 'lin', { merged_into: 'a' }))
    expect(newlyTheirs(known(row('b', {})), after, 'lin').map((one) => one.id)).toEqual(['a'])
  })

  it('counts what somebody has not read as conversations, and what is worked as one once', () => {
    const waits = { unread: 3, waiting_since: NOW }
    const rows = known(
      agents('a', 'lin', waits),
      agents('b', 'lin', { ...waits, merged_into: 'a' }),
      agents('c', 'lin', { unread: 0, waiting_since: NOW }),
      agents('d', 'wang', waits),
      row('e', {}, { unread: 2 }),
    )
    expect(wants(rows, zhao, []).unread).toBe(0)
    expect(wants(rows, lin, []).unread).toBe(1)
  })

  it('counts nothing that only colleagues or the gateway said since', () => {
    expect(wants(known(agents('a', 'lin', { unread: 1, waiting_since: null })), lin, []).unread).toBe(0)
  })

  it('tells of one’s own citizens’ words, once each', () => {
    const said = (seq: number, more: Partial<Row> = {}): Row =>
      agents('a', 'lin', { seq, unread: 1, latest: { kind: 'text', text: '还在吗', at: NOW + seq, direction: 'in' }, ...more })
    expect(spoken(known(said(3)), known(said(4)), 'lin')).toHaveLength(1)
    expect(spoken(known(said(4)), known(said(4, { version: 9 })), 'lin')).toEqual([])
    expect(spoken(known(said(3)), known(said(4, { unread: 0 })), 'lin')).toEqual([])
    expect(spoken(known(said(3)), known(said(4, { latest: { kind: 'text', text: '您好', at: NOW + 4, direction: 'out' } })), 'lin')).toEqual([])
    expect(spoken(known(said(3)), known(said(4)), 'wang')).toEqual([])
    // what becomes theirs is told as such
    expect(spoken(known(row('a', {})), known(said(4)), 'lin')).toEqual([])
  })

  it('counts each conversation once that wants somebody', () => {
    const read = agents('a', 'lin', { unread: 2, waiting_since: NOW })
    const rows = known(read, agents('b', 'lin', { merged_into: 'a' }), agents('c', 'lin'), row('d', {}), agents('e', 'wang'))
    expect(wants(rows, lin, ['a', 'b', 'c', 'd', 'gone'])).toEqual({ unread: 1, marked: 2, waiting: 1 })
  })

  it('lists the marked ones of others, as they are now', () => {
    const told = agents('e', 'wang', { latest: { kind: 'text', text: '一', at: 1, direction: 'in' } })
    const bots = row('f', { kind: 'bot', since: 0 }, { heard_at: 2 })
    const now = agents('e', 'wang', { version: 9, unread: 3, waiting_since: NOW, latest: { kind: 'text', text: '二', at: 3, direction: 'in' } })
    const listed = othersOf(known(now, agents('a', 'lin')), [told, bots, agents('a', 'wang'), told], lin)
    expect(listed.map((one) => [one.id, one.version])).toEqual([['e', 9], ['f', 1]])
    expect(listed[0]).toMatchObject({ unread: 0, waiting_since: null, together: [now] })
  })
})
