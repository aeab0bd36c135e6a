import { describe, expect, it } from 'vitest'
import { ago, dayInWords, deadline, exactly, isWeekday, lastMonths, left, moment, monthInWords, workdayTime } from './time'

const at = (text: string) => Date.parse(`${text}+08:00`)
// a Thursday
const NOW = at('2026-11-26T10:00:00')

describe('moments', () => {
  it('are told in Beijing, with the year when it is another', () => {
    expect(moment(at('2026-11-24T15:30:00'), NOW, 'zh')).toBe('11月24日 15:30')
    expect(moment(at('2025-01-01T00:05:00'), NOW, 'zh')).toBe('2025年1月1日 00:05')
    expect(moment(at('2025-01-01T00:05:00'), NOW, 'en')).toBe('1 Jan 2025 00:05')
    expect(exactly(at('2026-11-24T15:30:09'), 'zh')).toBe('2026年11月24日 15:30:09')
  })

  it('of which only the day or the month is known have no clock', () => {
    expect(dayInWords('2026-01-02', NOW, 'zh')).toBe('1月2日')
    expect(dayInWords('2027-01-02', NOW, 'zh')).toBe('2027年1月2日')
    expect(dayInWords('2027-01-02', NOW, 'en')).toBe('2 Jan 2027')
    expect(monthInWords('2026-11', 'zh')).toBe('2026年11月')
    expect(monthInWords('2026-11', 'en')).toBe('Nov 2026')
  })

  it('that end a day belong to it', () => {
    expect(deadline(at('2026-11-28T00:00:00'), NOW, 'zh')).toBe('11月27日 24:00')
    expect(deadline(at('2027-01-01T00:00:00'), NOW, 'zh')).toBe('12月31日 24:00')
    expect(deadline(at('2026-11-27T09:00:00'), NOW, 'zh')).toBe('11月27日 09:00')
  })

  it('belong to months of Beijing', () => {
    expect(lastMonths(at('2026-02-01T00:10:00'), 3)).toEqual(['2026-02', '2026-01', '2025-12'])
  })

  it.each([
    ['2026-11-26T09:59:30', '刚刚'],
    ['2026-11-26T09:55:00', '5分钟前'],
    ['2026-11-26T02:00:00', '8小时前'],
    ['2026-11-25T23:59:00', '昨天 23:59'],
    ['2026-11-24T15:30:00', '11月24日 15:30'],
    ['2026-11-27T15:30:00', '11月27日 15:30'],
  ])('%s was %s', (text, said) => {
    expect(ago(at(text), NOW, 'zh')).toBe(said)
  })
})

describe('what is left', () => {
  it.each([
    ['2026-11-26T10:00:30', '还剩不到1分钟'],
    ['2026-11-26T10:00:59.999', '还剩不到1分钟'],
    ['2026-11-26T10:01:00', '还剩1分钟'],
    ['2026-11-26T10:20:00', '还剩20分钟'],
    ['2026-11-26T10:59:59', '还剩59分钟'],
    ['2026-11-26T11:00:59', '还剩1小时'],
    ['2026-11-26T11:01:00', '还剩1小时1分钟'],
    ['2026-11-26T13:00:00', '还剩3小时'],
    ['2026-11-27T09:59:30', '还剩23小时59分钟'],
    ['2026-11-27T10:00:00', '还剩1个工作日'],
    ['2026-11-27T10:59:59', '还剩1个工作日'],
    ['2026-11-27T11:00:00', '还剩1个工作日1小时'],
    ['2026-11-28T00:00:00', '还剩1个工作日14小时'],
    // over a weekend
    ['2026-11-30T10:00:00', '还剩2个工作日'],
    // five workdays, when they begin, a minute later and an hour later
    ['2026-12-03T10:00:00', '还剩5个工作日'],
    ['2026-12-03T09:59:00', '还剩4个工作日23小时'],
    ['2026-12-03T09:00:00', '还剩4个工作日23小时'],
    ['2026-12-03T08:59:59', '还剩4个工作日22小时'],
    ['2026-11-26T09:59:30', '超期不到1分钟'],
    ['2026-11-26T09:30:00', '超期30分钟'],
    ['2026-11-26T07:10:00', '超期2小时'],
    ['2026-11-24T08:00:00', '超期2个工作日'],
  ])('until %s: %s', (due, said) => {
    expect(left(NOW, at(due), isWeekday, 'zh')).toBe(said)
  })

  it('counts no time of days that do not count', () => {
    const saturday = at('2026-11-28T10:00:00')
    expect(left(saturday, at('2026-11-30T00:00:00'), isWeekday, 'zh')).toBe('还剩不到1个工作日')
    expect(left(NOW, at('2026-11-30T10:00:00'), () => true, 'en')).toBe('4 workdays left')
    expect(left(NOW, at('2026-11-30T09:59:00'), () => true, 'en')).toBe('3 workdays 23 h left')
    expect(left(NOW, at('2026-11-27T11:00:00'), () => true, 'en')).toBe('1 workday 1 h left')
    expect(left(NOW, at('2026-11-26T12:05:00'), () => true, 'en')).toBe('2 h 5 min left')
    expect(left(NOW, at('2026-11-26T07:10:00'), () => true, 'en')).toBe('2 h overdue')
    expect(workdayTime(saturday, at('2026-11-30T06:00:00'), isWeekday)).toBe(6 * 3_600_000)
    expect(workdayTime(NOW, NOW - 1, isWeekday)).toBe(0)
  })
})
