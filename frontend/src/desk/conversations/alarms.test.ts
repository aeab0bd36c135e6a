import { describe, expect, it } from 'vitest'
import { pathOf, readAlarm, readAlarms, Rung, withAlarm, without } from './alarms'
import type { Alarm } from './alarms'
import { Kept } from './samples'

const NOON = Date.parse('2026-11-24T04:00:00Z')

function alarm(id: string, more: Partial<Alarm> = {}): Alarm {
  const none = { conversationId: '', ticket: '', kind: 'fire', at: NOON, escalatedAt: 0, seenToBy: '', seenToName: '', seenToAt: 0 }
  return { id, ...none, ...(more.ticket ? {} : { conversationId: 'C1' }), ...more }
}

function rung(kept: Kept, username = 'lin'): Rung {
  return new Rung(kept as unknown as Storage, username)
}

describe('readAlarm', () => {
  it('reads one of a ticket and one of a conversation', () => {
    const told = { type: 'alarm', id: 'alarm:1', kind: 'fire', at: '2026-11-24T04:00:00Z' }
    expect(readAlarm({ ...told, ticket: 'DG1' })).toEqual(alarm('alarm:1', { ticket: 'DG1' }))
    expect(readAlarm({ ...told, conversation_id: 'C1' })).toEqual(alarm('alarm:1'))
  })

  it('reads since when it is for who leads', () => {
    const told = { id: '1', ticket: 'DG1', kind: 'fire', at: '2026-11-24T04:00:00Z', escalated_at: '2026-11-24T04:01:00Z' }
    expect(readAlarm(told)?.escalatedAt).toBe(NOON + 60_000)
  })

  it('reads who saw to it, by the user name where there is no other', () => {
    const told = { id: '1', ticket: 'DG1', kind: 'fire', at: '2026-11-24T04:00:00Z', seen_to_by: 'lin' }
    expect(readAlarm(told)?.seenToName).toBe('lin')
    expect(readAlarm({ ...told, seen_to_name: '林小雨' })?.seenToName).toBe('林小雨')
  })

  it('passes over what is about nothing, or is no alarm', () => {
    expect(readAlarms([null, 'x', {}, { id: '1' }, { ticket: 'DG1' }, { id: '2', ticket: 'DG1' }]).map((one) => one.id)).toEqual(['2'])
    expect(readAlarms('x')).toEqual([])
  })
})

describe('those that stand', () => {
  it('lead to the ticket, else to the conversation', () => {
    expect(pathOf(alarm('1'))).toBe('/desk/conversations/C1')
    expect(pathOf(alarm('2', { ticket: 'DG1' }))).toBe('/desk/tickets/DG1')
  })

  it('are one for each matter, the latest', () => {
    const first = withAlarm([], alarm('1'))
    expect(withAlarm(first, alarm('1', { at: NOON + 1 }))).toBe(first)
    const both = withAlarm(first, alarm('2', { ticket: 'DG1' }))
    expect(withAlarm(both, alarm('3', { at: NOON + 1 })).map((one) => one.id)).toEqual(['3', '2'])
  })

  it('are told once more when they are for who leads', () => {
    const both = withAlarm(withAlarm([], alarm('1')), alarm('2', { ticket: 'DG1' }))
    const led = withAlarm(both, alarm('1', { escalatedAt: NOON + 60_000 }))
    expect(led.map((one) => [one.id, one.escalatedAt])).toEqual([
      ['1', NOON + 60_000],
      ['2', 0],
    ])
    expect(withAlarm(led, alarm('1'))).toBe(led)
  })

  it('go with what somebody saw to, but not one that came after it', () => {
    const later = alarm('3', { at: NOON + 1 })
    const other = alarm('2', { ticket: 'DG1' })
    expect(without([later, other], alarm('1'))).toEqual([later, other])
    expect(without([alarm('1'), other], later)).toEqual([other])
  })
})

describe('Rung', () => {
  it('rings once for each, in whichever window and however often it is loaded', () => {
    const kept = new Kept()
    const window = rung(kept)
    expect(window.first([alarm('1'), alarm('2')]).map((one) => one.id)).toEqual(['1', '2'])
    expect(window.first([alarm('1')])).toEqual([])
    expect(rung(kept).first([alarm('2'), alarm('3')]).map((one) => one.id)).toEqual(['3'])
    expect(window.first([alarm('3')])).toEqual([])
  })

  it('rings once more for who leads, and not for each that follows', () => {
    const kept = new Kept()
    const window = rung(kept)
    const led = { escalatedAt: NOON + 60_000 }
    window.first([alarm('1')])
    expect(window.first([alarm('1', led)])).toHaveLength(1)
    expect(rung(kept).first([alarm('1', led), alarm('1')])).toEqual([])
    expect(window.first([alarm('2', { ...led, at: NOON + 1 })])).toHaveLength(1)
    expect(window.first([alarm('2', { ...led, at: NOON + 1 })])).toEqual([])
  })

  it('rings for another person at the same computer', () => {
    const kept = new Kept()
    rung(kept).first([alarm('1')])
    expect(rung(kept, 'zhao').first([alarm('1')])).toHaveLength(1)
  })

  it('remembers without a storage, and with one that holds nonsense', () => {
    const kept = new Kept()
    kept.closed = true
    const window = rung(kept)
    expect(window.first([alarm('1')])).toHaveLength(1)
    expect(window.first([alarm('1')])).toEqual([])
    const nonsense = new Kept()
    nonsense.setItem('yixian.desk.rung.lin', '{')
    expect(rung(nonsense).first([alarm('1')])).toHaveLength(1)
  })

  it('does not remember for ever', () => {
    const kept = new Kept()
    const window = rung(kept)
    for (let count = 0; count < 500; count++) window.first([alarm(String(count))])
    expect(window.first([alarm('499')])).toEqual([])
    expect(JSON.parse(kept.getItem('yixian.desk.rung.lin') ?? '[]')).toHaveLength(200)
  })
})
