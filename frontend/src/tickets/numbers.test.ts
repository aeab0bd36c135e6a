import { describe, expect, it } from 'vitest'
import { grouped, readCode, readNumber } from './numbers'

describe('readNumber', () => {
  it.each([
    ['DG202611260001237', 'DG202611260001237'],
    [' dg 20261126 000123 7 ', 'DG202611260001237'],
    ['ＤＧ２０２６１１２６０００１２３７', 'DG202611260001237'],
    ['202611260001237', 'DG202611260001237'],
    ['DG20261126000123', ''],
    ['DG2026112600012377', ''],
    ['什么', ''],
    ['', ''],
  ])('reads %s', (text, number) => {
    expect(readNumber(text)).toBe(number)
  })
})

describe('readCode', () => {
  it.each([
    ['123456', '123456'],
    ['１２３ ４５６', '123456'],
    ['12345', ''],
    ['12345a', ''],
    ['', ''],
  ])('reads %s', (text, code) => {
    expect(readCode(text)).toBe(code)
  })
})

describe('grouped', () => {
  it('can be read aloud', () => {
    expect(grouped('DG202611260001237')).toBe('DG 20261126 000123 7')
  })

  it('leaves alone what it does not know, and is read back', () => {
    expect(grouped('X1')).toBe('X1')
    expect(readNumber(grouped('DG202611260001237'))).toBe('DG202611260001237')
  })
})
