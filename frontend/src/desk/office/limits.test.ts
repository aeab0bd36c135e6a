import { expect, test } from 'vitest'
import { changed, NAMES, parts, rebased, table, written } from './limits'
import type { LimitTable } from './limits'

const TABLE: LimitTable = {
  finish: { consultation: '2wd', help: '5wd', complaint: '5wd', report: '5wd', suggestion: '5wd', praise: '5wd' },
  complex: '15wd',
  urgent: '1d',
  sign: '1wd',
  return_within: '1wd',
  contact: '30m',
  joint: '3wd',
  red_after: '2wd',
  supervision: '2wd',
  callback: '3wd',
  again_after: '1wd',
  archive_after: '30d',
  most_extension: 10,
  remind_at: 0.07,
  yellows: 3,
  attempts: 3,
}

test('a table is written as a form and read back as it was', () => {
  const form = written(TABLE)
  expect(form['finish.help']).toBe('5wd')
  expect(form.remind_at).toBe('7')
  expect(Object.keys(form).sort()).toEqual([...NAMES].sort())
  expect(table(form)).toEqual(TABLE)
})

test('what is no number is none', () => {
  expect(table({ ...written(TABLE), yellows: ' ', attempts: 'x' })).toMatchObject({ yellows: NaN, attempts: NaN })
})

test('a span has an amount and a unit', () => {
  expect(parts('1.5wd')).toEqual({ amount: '1.5', unit: 'wd' })
  expect(parts('wd')).toEqual({ amount: '', unit: 'wd' })
  expect(parts('')).toEqual({ amount: '', unit: '' })
})

test('what was written stays when others change the rest', () => {
  const before = written(TABLE)
  const mine = { ...before, sign: '2wd' }
  expect(changed(before, mine)).toEqual(['sign'])
  const now = { ...before, sign: '3wd', yellows: '4' }
  expect(rebased(mine, before, now)).toEqual({ ...now, sign: '2wd' })
  expect(rebased(before, before, now)).toEqual(now)
})
