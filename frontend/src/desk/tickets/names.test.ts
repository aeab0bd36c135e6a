import { afterEach, expect, it } from 'vitest'
import { setLanguage } from '../preferences'
import { reasonOf } from './names'

afterEach(() => setLanguage('zh'))

it('words the reasons of the system, and leaves people’s and older ones as they were written', () => {
  expect(reasonOf({ actor: 'system', reason: 'danger' })).toBe('市民说到可能有危险')
  expect(reasonOf({ actor: '赵敏', reason: 'danger' })).toBe('danger')
  setLanguage('en')
  expect(reasonOf({ actor: 'system', reason: 'danger' })).toBe('The citizen spoke of possible danger')
  expect(reasonOf({ actor: 'system', reason: '市民说到可能有危险' })).toBe('市民说到可能有危险')
})
