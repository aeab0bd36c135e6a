import { describe, expect, it } from 'vitest'
import { difference, side } from './difference'

const text = (pieces: readonly { text: string }[]) => pieces.map((piece) => piece.text).join('')

describe('difference', () => {
  it('keeps what is the same and shows what changed within a clause', () => {
    const pieces = difference('带身份证到派出所补办，当天能取。', '带身份证到派出所补办，三天能取。')
    expect(pieces).toEqual([
      { text: '带身份证到派出所补办，', how: 'kept' },
      { text: '当', how: 'gone' },
      { text: '三', how: 'new' },
      { text: '天能取。', how: 'kept' },
    ])
  })

  it('gives each side its own text back', () => {
    const cases: [string, string][] = [
      ['', ''],
      ['', '新写的答案。'],
      ['整段删掉。\n第二行', ''],
      ['甲，乙，丙。', '丙，乙，甲。'],
      ['第一行\n第二行\n', '第一行\n\n第二行'],
      ['表情👩‍👩‍👧一家', '表情👨‍👩‍👧一家'],
    ]
    for (const [before, after] of cases) {
      const pieces = difference(before, after)
      expect(text(side(pieces, 'before'))).toBe(before)
      expect(text(side(pieces, 'after'))).toBe(after)
    }
  })

  it('ends soon for the longest answers there are', () => {
    const before = '办'.repeat(10_000)
    const after = '理'.repeat(10_000)
    const began = performance.now()
    const pieces = difference(before, after)
    expect(performance.now() - began).toBeLessThan(1_000)
    expect(text(side(pieces, 'after'))).toBe(after)
  })
})
