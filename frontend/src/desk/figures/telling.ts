/** Figures as people read them. Pure. */
import type { Language } from '../preferences'
import { monthInWords } from '../time'
import type { Amount, Figure, FigureName, Measured, Period, Row, Stretch } from './model'

const DAY_MS = 86_400_000
const MINUTE = 60
const HOUR = 3_600
/** Where there is nothing to tell a figure by. */
export const NOTHING = '–'

/** 45秒, 2分05秒, 1小时10分. */
export function seconds(value: number, language: Language): string {
  const en = language === 'en'
  const whole = Math.round(value)
  if (whole < MINUTE) return en ? `${whole} s` : `${whole}秒`
  if (whole < HOUR) {
    const rest = String(whole % MINUTE).padStart(2, '0')
    return en ? `${Math.floor(whole / MINUTE)} min ${rest} s` : `${Math.floor(whole / MINUTE)}分${rest}秒`
  }
  const minutes = Math.floor((whole % HOUR) / MINUTE)
  return en ? `${Math.floor(whole / HOUR)} h ${minutes} min` : `${Math.floor(whole / HOUR)}小时${minutes}分`
}

export function shown(value: number | null, measured: Measured, language: Language): string {
  if (value === null) return NOTHING
  switch (measured) {
    case 'count':
      return value.toLocaleString('en-US')
    case 'share':
      // 99.96 % is not all of them
      return `${value < 1 && value > 0.999 ? '99.9' : (value * 100).toFixed(1).replace(/\.0$/, '')}%`
    case 'seconds':
      return seconds(value, language)
    case 'workdays':
      return language === 'en' ? `${value.toFixed(1)} wd` : `${value.toFixed(1)}个工作日`
    case 'number':
      return value.toFixed(1)
  }
}

export interface Change {
  direction: 'up' | 'down' | 'same'
  text: string
}

function size(gone: number, before: number, measured: Measured, language: Language): string {
  if (measured === 'count') return `${Math.abs((gone / before) * 100).toFixed(1).replace(/\.0$/, '')}%`
  if (measured !== 'share') return shown(Math.abs(gone), measured, language)
  return `${Math.abs(gone * 100).toFixed(1)}${language === 'en' ? ' pts' : '个百分点'}`
}

/**
 * How it changed: counts by their share, shares by points, the rest in what they are measured in. Null when it cannot be
 * told, since there was nothing before.
 */
export function change(now: Amount, before: Amount, measured: Measured, language: Language): Change | null {
  if (now.value === null || before.value === null) return null
  if (measured === 'count' && before.value === 0) return null
  const gone = now.value - before.value
  const text = size(gone, before.value, measured, language)
  // too small to be told is no change
  if (text === size(0, before.value, measured, language)) return { direction: 'same', text }
  return { direction: gone > 0 ? 'up' : 'down', text }
}

export interface Order {
  by: FigureName | 'key'
  descending: boolean
}

/** Rows in an order; those with nothing to tell last, whichever way. */
export function inOrder(rows: readonly Row[], order: Order, nameOf: (key: string) => string): Row[] {
  const sign = order.descending ? -1 : 1
  const by = order.by
  return [...rows].sort((one, other) => {
    const byName = nameOf(one.key).localeCompare(nameOf(other.key), 'zh-CN')
    if (by === 'key') return sign * byName
    const a = one.amounts[by]?.value ?? null
    const b = other.amounts[by]?.value ?? null
    if (a === null || b === null) return Number(a === null) - Number(b === null) || byName
    return sign * (a - b) || byName
  })
}

/** A day some days from another, as `2026-11-26`. */
export function daysFrom(day: string, count: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + count * DAY_MS).toISOString().slice(0, 10)
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

export function dayInWords(day: string, language: Language): string {
  const [, month, date] = day.split('-').map(Number)
  return language === 'en' ? `${date} ${MONTHS[(month ?? 1) - 1]}` : `${month}月${date}日`
}

/** 11月26日, 11月23日至29日, 2026年11月. */
export function stretchInWords(stretch: Stretch, period: Period, language: Language): string {
  const { first, last } = stretch
  if (period === 'month') return monthInWords(first.slice(0, 7), language)
  if (first === last) return dayInWords(first, language)
  if (language === 'en') return `${dayInWords(first, language)} – ${dayInWords(last, language)}`
  const end = first.slice(0, 7) === last.slice(0, 7) ? `${Number(last.slice(8))}日` : dayInWords(last, language)
  return `${dayInWords(first, language)}至${end}`
}

export function named(figures: readonly Figure[], name: FigureName): Figure | undefined {
  return figures.find((figure) => figure.name === name)
}
