import { describe, expect, it } from 'vitest'
import { costOf } from './segments'

describe('segments', () => {
  it.each([
    ['', 0, 0],
    ['a'.repeat(160), 160, 1],
    ['a'.repeat(161), 161, 2],
    ['a'.repeat(306), 306, 2],
    ['a'.repeat(307), 307, 3],
    ['€'.repeat(80), 160, 1],
    ['€'.repeat(81), 162, 2],
    ['问'.repeat(70), 70, 1],
    ['问'.repeat(71), 71, 2],
    ['问'.repeat(134), 134, 2],
    ['问'.repeat(135), 135, 3],
    ['`', 1, 1],
    ['😀'.repeat(35), 70, 1],
    ['😀'.repeat(36), 72, 2],
  ])('of %s', (text, length, segments) => expect(costOf(text)).toEqual({ length, segments }))

  it('never cut an extension character or an emoji in two', () => {
    // 152 + an extension character: the 153rd place stays empty
    expect(costOf('a'.repeat(152) + '€' + 'a'.repeat(152)).segments).toBe(3)
    expect(costOf('问'.repeat(66) + '😀' + '问'.repeat(66)).segments).toBe(3)
  })
})
