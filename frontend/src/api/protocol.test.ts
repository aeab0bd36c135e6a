import { describe, expect, it } from 'vitest'
import { readFrame, readMessage, readMessages, readSession } from './protocol'

const stored = {
  id: 'm1',
  seq: 3,
  direction: 'out',
  sender: { kind: 'bot', name: null },
  parts: [{ type: 'text', text: '您好' }],
  at: '2026-11-24T01:00:00Z',
}

describe('readMessage', () => {
  it('reads what the gateway stores', () => {
    expect(readMessage(stored)).toEqual({
      id: 'm1',
      seq: 3,
      direction: 'out',
      sender: { kind: 'bot', name: '' },
      parts: [{ type: 'text', text: '您好' }],
      at: Date.UTC(2026, 10, 24, 1),
      client_id: null,
    })
  })

  it('has no place for a message without number', () => {
    expect(readMessage({ ...stored, seq: null })).toBeNull()
    expect(readMessages([{ ...stored, seq: null }, stored, 'x', null])).toHaveLength(1)
  })

  it('makes an unknown part harmless', () => {
    const parts = [{ type: 'hologram' }, null, 7, { type: 'location', latitude: 'north' }]
    expect(readMessage({ ...stored, parts })?.parts).toEqual(Array(4).fill({ type: 'unknown' }))
  })

  it('keeps only the well-formed options of choices', () => {
    const part = { type: 'choices', prompt: null, options: [{ key: '1', label: 'a' }, { key: 2 }, 'x'] }
    expect(readMessage({ ...stored, parts: [part] })?.parts).toEqual([
      { type: 'choices', prompt: '', options: [{ key: '1', label: 'a' }] },
    ])
  })
})

describe('readFrame', () => {
  it.each(['', 'x', '[]', 'null', '{"type":"later"}', '{"type":"message"}', '{"type":"message","message":{}}'])(
    'ignores %j',
    (data) => {
      expect(readFrame(data)).toBeNull()
    },
  )

  it('ignores binary frames', () => {
    expect(readFrame(new ArrayBuffer(2))).toBeNull()
  })

  it('reads an owner with and without the number ahead', () => {
    expect(readFrame('{"type":"owner","owner":"queue","ahead":2}')).toEqual({ type: 'owner', owner: 'queue', ahead: 2 })
    expect(readFrame('{"type":"owner","owner":"agent"}')).toEqual({ type: 'owner', owner: 'agent', ahead: null })
  })
})

describe('readSession', () => {
  it('wants a token', () => {
    expect(readSession({ token: '' })).toBeNull()
    expect(readSession({ token: 't', seq: 4, read: { citizen: 2 } })).toMatchObject({
      token: 't',
      seq: 4,
      read: { citizen: 2, staff: 0 },
    })
  })
})
