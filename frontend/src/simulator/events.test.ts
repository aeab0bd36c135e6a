import { describe, expect, it } from 'vitest'
import { emptyLog, fold, readEvents, readPhone, toRows } from './events'

const AT = '2026-11-24T15:30:00Z'

function events(...given: object[]) {
  return readEvents({ events: given })
}

describe('a phone', () => {
  it('is read, and what is missing is as on a new phone', () => {
    expect(readPhone({ id: 'a', kind: 'sms', name: '+8613800000001', opted_out: true })).toEqual({
      id: 'a',
      kind: 'sms',
      name: '+8613800000001',
      following: true,
      optedOut: true,
      reachable: true,
      menu: null,
    })
  })

  it.each([null, [], {}, { id: '', kind: 'sms' }, { id: 'a', kind: 'fax' }, { id: 3, kind: 'sms' }])(
    'is not made of %j',
    (body) => expect(readPhone(body)).toBeNull(),
  )
})

describe('events', () => {
  it('are put in order, and what cannot be read is left out', () => {
    const read = events({ n: 2, from: 'hotline', text: '好' }, { n: 0 }, { n: 'x' }, { n: 1, at: 'soon', from: 'moon', type: '?' })
    expect(read.map((event) => [event.n, event.at, event.from, event.type])).toEqual([
      [1, 0, 'platform', 'text'],
      [2, 0, 'hotline', 'text'],
    ])
    expect(readEvents({ events: 'none' })).toEqual([])
    expect(readEvents(null)).toEqual([])
  })

  it('change the state of an earlier one without being shown', () => {
    let log = fold(emptyLog, events({ n: 1, at: AT, from: 'hotline', type: 'text', text: '您好', state: 'sending' }))
    log = fold(log, events({ n: 2, at: AT, from: 'hotline', of: 1, state: 'failed', reason: '关机' }))
    expect(log.cursor).toBe(2)
    expect(log.entries).toHaveLength(1)
    expect(log.entries[0]).toMatchObject({ n: 1, text: '您好', state: 'failed', reason: '关机' })
  })

  it('are taken in once, however often they come', () => {
    const told = events({ n: 1, text: '一' }, { n: 2, text: '二' })
    const log = fold(fold(emptyLog, told), told)
    expect(log.entries.map((entry) => entry.text)).toEqual(['一', '二'])
    expect(fold(log, events({ n: 1, text: '旧' }))).toBe(log)
  })

  it('about one that is not known only move the number', () => {
    const log = fold(emptyLog, events({ n: 7, of: 3, state: 'delivered' }))
    expect(log).toEqual({ entries: [], cursor: 7 })
  })
})

describe('rows', () => {
  it('have a time above each group', () => {
    const { entries } = fold(
      emptyLog,
      events({ n: 1, at: AT }, { n: 2, at: '2026-11-24T15:34:00Z' }, { n: 3, at: '2026-11-24T15:40:00Z' }),
    )
    expect(toRows(entries).map((row) => row.key)).toEqual(['t1', 'e1', 'e2', 't3', 'e3'])
  })
})
