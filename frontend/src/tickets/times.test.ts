import { describe, expect, it } from 'vitest'
import { day, moment } from './times'

const AT = Date.UTC(2026, 10, 24, 16, 5) // half past midnight is tomorrow in Beijing
const NOW = Date.UTC(2026, 10, 26)

describe('moment', () => {
  it('is Beijing time, whatever the browser has', () => {
    expect(moment(AT, NOW, 'zh')).toBe('11月25日 00:05')
    expect(moment(AT, NOW, 'en')).toBe('25 Nov, 00:05')
    expect(day(AT, 'zh')).toBe('11月25日')
    expect(day(AT, 'en')).toBe('25 Nov')
  })

  it('names another year', () => {
    expect(moment(Date.UTC(2025, 0, 2, 3, 4), NOW, 'zh')).toBe('2025年1月2日 11:04')
    expect(moment(Date.UTC(2025, 0, 2, 3, 4), NOW, 'en')).toBe('2 Jan 2025, 11:04')
  })
})
