import { describe, expect, it } from 'vitest'
import type { Amount, Row } from './model'
import { change, daysFrom, inOrder, seconds, shown, stretchInWords } from './telling'

const amount = (value: number | null): Amount => ({ value, of: null })

describe('a figure', () => {
  it('is told in what it is measured in', () => {
    expect(shown(12345, 'count', 'zh')).toBe('12,345')
    expect(shown(0.985, 'share', 'zh')).toBe('98.5%')
    expect(shown(1, 'share', 'zh')).toBe('100%')
    expect(shown(0.9996, 'share', 'zh')).toBe('99.9%')
    expect(shown(125, 'seconds', 'zh')).toBe('2分05秒')
    expect(shown(3.21, 'workdays', 'zh')).toBe('3.2个工作日')
    expect(shown(null, 'share', 'zh')).toBe('–')
  })

  it('tells time in seconds, minutes, hours', () => {
    expect([0, 59.6, 3599, 3660].map((value) => seconds(value, 'zh'))).toEqual(['0秒', '1分00秒', '59分59秒', '1小时1分'])
  })
})

describe('a change', () => {
  it('of a count is a share of it, of a share its points', () => {
    expect(change(amount(110), amount(100), 'count', 'zh')).toEqual({ direction: 'up', text: '10%' })
    expect(change(amount(0.95), amount(0.97), 'share', 'zh')).toEqual({ direction: 'down', text: '2.0个百分点' })
    expect(change(amount(20), amount(80), 'seconds', 'zh')).toEqual({ direction: 'down', text: '1分00秒' })
  })

  it('that is too small to be told is none', () => {
    expect(change(amount(100_001), amount(100_000), 'count', 'zh')?.direction).toBe('same')
    expect(change(amount(0.9501), amount(0.9502), 'share', 'zh')?.direction).toBe('same')
    expect(change(amount(20), amount(20), 'seconds', 'zh')?.direction).toBe('same')
    expect(change(amount(21), amount(20), 'seconds', 'zh')?.direction).toBe('up')
  })

  it('is not told where there was nothing', () => {
    expect(change(amount(5), amount(0), 'count', 'zh')).toBeNull()
    expect(change(amount(0.5), amount(null), 'share', 'zh')).toBeNull()
  })
})

describe('rows', () => {
  const rows: Row[] = [
    { key: 'a', amounts: { overdue: amount(2) } },
    { key: 'b', amounts: { overdue: amount(null) } },
    { key: 'c', amounts: { overdue: amount(7) } },
  ]
  const keys = (descending: boolean) => inOrder(rows, { by: 'overdue', descending }, (key) => key).map((row) => row.key)

  it('with nothing to tell come last either way', () => {
    expect(keys(true)).toEqual(['c', 'a', 'b'])
    expect(keys(false)).toEqual(['a', 'c', 'b'])
  })
})

describe('a stretch', () => {
  it('is a day, a week or a month', () => {
    const stretch = (first: string, last: string) => ({ first, last, hours: null })
    expect(stretchInWords(stretch('2026-11-26', '2026-11-26'), 'day', 'zh')).toBe('11月26日')
    expect(stretchInWords(stretch('2026-11-23', '2026-11-29'), 'week', 'zh')).toBe('11月23日至29日')
    expect(stretchInWords(stretch('2026-11-30', '2026-12-06'), 'week', 'zh')).toBe('11月30日至12月6日')
    expect(stretchInWords(stretch('2026-11-01', '2026-11-30'), 'month', 'zh')).toBe('2026年11月')
  })

  it('follows another across the end of a year', () => {
    expect(daysFrom('2026-12-31', 1)).toBe('2027-01-01')
  })
})
