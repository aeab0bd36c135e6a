import { describe, expect, it } from 'vitest'
import { findsConversations, reached } from './reaching'
import { readRow } from './protocol'
import type { Row } from './protocol'

function row(id: string, kind: string, version: number): Row {
  const since = '2026-11-24T10:00:00+08:00'
  const read = readRow({ id, version, channel: 'web', owner: { kind, since }, heard_at: kind === 'bot' ? since : null, seq: 9, unread: 9 })
  if (!read) throw new Error('no row')
  return read
}

describe('what can be looked for', () => {
  it.each(['13800138000', '+86 138-0013-8000', '3F2A', '3f2a', '网页 3F2A', '短信 138****8000', 'DG202611240000123'])('%s', (text) => {
    expect(findsConversations(text)).toBe(true)
  })
  it.each(['', '人工', '3F2', '路灯不亮', 'ticket'])('not %s', (text) => {
    expect(findsConversations(text)).toBe(false)
  })
})

describe('rows that were read', () => {
  it('are as they are known live, unless what was read is newer', () => {
    const live = new Map([
      ['a', row('a', 'agent', 4)],
      ['b', row('b', 'queue', 2)],
    ])
    const read = [row('a', 'bot', 3), row('b', 'bot', 3), row('c', 'bot', 1)]
    expect(reached(read, live, true).map((one) => one.id)).toEqual(['b', 'c'])
    expect(reached(read, live, false).map((one) => one.owner.kind)).toEqual(['agent', 'bot', 'bot'])
  })

  it('count as unread only with people', () => {
    const read = [row('a', 'bot', 1), row('b', 'agent', 1)]
    expect(reached(read, new Map(), false).map((one) => one.unread)).toEqual([0, 9])
    expect(reached(read, new Map(), false).map((one) => one.heard_at !== null)).toEqual([true, false])
  })
})
