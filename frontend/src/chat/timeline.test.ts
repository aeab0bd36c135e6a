import { describe, expect, it } from 'vitest'
import { formatTime, toRows } from './rows'
import { advance, awaitsReply, chosenLabels, empty, leavesGap, prepend, remember, wordsFor } from './timeline'
import { words } from './words'
import type { Message, Part, SenderKind } from '@/api/protocol'

function message(seq: number, kind: SenderKind, parts: Part[] = [{ type: 'text', text: `t${seq}` }], at = 0): Message {
  return {
    id: `m${seq}`,
    seq,
    direction: kind === 'citizen' ? 'in' : 'out',
    sender: { kind, name: '' },
    parts,
    at,
    client_id: null,
  }
}

const text = (value: string): Part[] => [{ type: 'text', text: value }]
const choices: Part[] = [
  {
    type: 'choices',
    prompt: '',
    options: [
      { key: '1', label: '甲' },
      { key: '2', label: '乙' },
    ],
  },
]

describe('the timeline', () => {
  it('never lets our own number hide an earlier message still to come', () => {
    let timeline = advance(empty, [message(1, 'citizen')])
    timeline = remember(timeline, [message(3, 'citizen')])
    expect(timeline.cursor).toBe(1)
    expect(leavesGap(timeline, message(3, 'citizen'))).toBe(true)
    timeline = advance(timeline, [message(2, 'agent'), message(3, 'citizen')])
    expect(timeline.messages.map((one) => one.seq)).toEqual([1, 2, 3])
    expect(timeline.cursor).toBe(3)
  })

  it('shows nothing twice, in whatever order pages overlap', () => {
    let timeline = advance(empty, [message(2, 'bot'), message(3, 'bot')])
    timeline = advance(timeline, [message(2, 'bot')])
    timeline = prepend(timeline, [message(1, 'citizen'), message(2, 'bot')], false)
    expect(timeline.messages.map((one) => one.seq)).toEqual([1, 2, 3])
    expect(timeline.cursor).toBe(3)
  })

  it('awaits a reply while the last visible words are theirs', () => {
    expect(awaitsReply(empty)).toBe(false)
    const asked = advance(empty, [message(1, 'citizen')])
    expect(awaitsReply(asked)).toBe(true)
    expect(awaitsReply(advance(asked, [message(2, 'system', [{ type: 'event', name: 'x' }])]))).toBe(true)
    expect(awaitsReply(advance(asked, [message(2, 'bot')]))).toBe(false)
  })
})

describe('choices', () => {
  it('shows what a bare number chose', () => {
    const messages = [message(1, 'bot', choices), message(2, 'citizen', text(' 2 '))]
    expect(chosenLabels(messages)).toEqual(new Map([[2, '乙']]))
  })

  it('takes a number for a number when nothing was offered last', () => {
    const messages = [message(1, 'bot', choices), message(2, 'citizen'), message(3, 'citizen', text('2'))]
    expect(chosenLabels(messages).size).toBe(0)
  })

  it('says the key while the choices are open, the label in full afterwards', () => {
    const open = [message(1, 'bot', choices)]
    const option = { key: '1', label: '甲' }
    expect(wordsFor(open, 1, option)).toBe('1')
    expect(wordsFor([...open, message(2, 'citizen')], 1, option)).toBe('甲')
    expect(wordsFor([...open, message(2, 'bot', choices)], 1, option)).toBe('甲')
  })
})

describe('rows', () => {
  it('puts a time before a group and a name where the speaker changes', () => {
    const minute = 60_000
    const rows = toRows([
      message(1, 'citizen', text('a'), minute),
      message(2, 'bot', text('b'), 2 * minute),
      message(3, 'bot', text('c'), 2 * minute),
      message(4, 'agent', text('d'), 3 * minute),
      message(5, 'system', [{ type: 'event', name: 'x' }], 4 * minute),
      message(6, 'agent', text('e'), 20 * minute),
    ])
    expect(rows.map((row) => (row.kind === 'time' ? 'time' : `${row.message.seq}${row.named ? '!' : ''}`))).toEqual([
      'time',
      '1',
      '2!',
      '3',
      '4!',
      'time',
      '6!',
    ])
  })

  it('writes the day as people say it', () => {
    const now = new Date(2026, 10, 24, 15, 30).getTime()
    const on = (...date: [number, number, number, number, number]) => formatTime(new Date(...date).getTime(), now, words.zh)
    expect(on(2026, 10, 24, 9, 5)).toBe('09:05')
    expect(on(2026, 10, 23, 23, 59)).toBe('昨天 23:59')
    expect(on(2026, 10, 2, 8, 0)).toBe('11月2日 08:00')
    expect(on(2025, 10, 2, 8, 0)).toBe('2025-11-02 08:00')
  })
})
