import { describe, expect, it } from 'vitest'
import { readNote, readRow } from './protocol'

const ROW = { id: 'c', version: 3, channel: 'web', citizen: '3F2A', owner: { kind: 'queue' } }
const SAID = { text: '', at: '2026-11-24T10:00:00+08:00', direction: 'in' }
const NOTE = { id: 'c:lin:k', conversation_id: 'c', after: 2, author: 'lin', name: '林小雨', text: '', mentions: [] }

describe('a row', () => {
  it('says of the last thing said what it is', () => {
    const read = readRow({ ...ROW, latest: { ...SAID, kind: 'image' } })
    expect(read).toMatchObject({ channel: 'web', citizen: '3F2A', latest: { kind: 'image', text: '', direction: 'in' } })
  })

  it('is read without that, as an older gateway tells it', () => {
    expect(readRow({ ...ROW, latest: { ...SAID, text: '［图片］' } })?.latest).toMatchObject({ kind: '', text: '［图片］' })
    expect(readRow(ROW)?.latest).toBeNull()
  })
})

describe('a note', () => {
  it('says what was done, and with whose conversation', () => {
    const about = { channel: 'sms', citizen: '138****5678' }
    expect(readNote({ ...NOTE, act: 'merged', about })).toMatchObject({ act: 'merged', about })
  })

  it.each([{}, { act: null, about: null }, { act: 'unheard of', about: 7 }])('is what somebody wrote where nothing says so: %j', (more) => {
    expect(readNote({ ...NOTE, text: '记一下', ...more })).toMatchObject({ text: '记一下', act: null, about: null })
  })
})
