/** Moments as people here say them: in Beijing, whatever the clock of the computer is set to. Pure. */
import type { Language } from './preferences'

const BEIJING_MS = 8 * 3_600_000
const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

interface Local {
  year: number
  month: number
  day: number
  clock: string
}

function local(at: number): Local {
  const text = new Date(at + BEIJING_MS).toISOString()
  return {
    year: Number(text.slice(0, 4)),
    month: Number(text.slice(5, 7)),
    day: Number(text.slice(8, 10)),
    clock: text.slice(11, 16),
  }
}

/** The day a moment is in, as `2026-11-24`. */
export function dayOf(at: number): string {
  return new Date(at + BEIJING_MS).toISOString().slice(0, 10)
}

/** The days between two moments' days: 0 on the same day. Cheap, for many of them. */
export function daysApart(at: number, other: number): number {
  return Math.floor((at + BEIJING_MS) / DAY) - Math.floor((other + BEIJING_MS) / DAY)
}

/** The month a moment is in, as `2026-11`, and those before it. */
export function lastMonths(at: number, count: number): string[] {
  const { year, month } = local(at)
  return Array.from({ length: count }, (_, back) => new Date(Date.UTC(year, month - 1 - back)).toISOString().slice(0, 7))
}

function date(one: Local, language: Language, year: boolean): string {
  if (language === 'en') return `${one.day} ${MONTHS[one.month - 1]}${year ? ` ${one.year}` : ''}`
  return `${year ? `${one.year}年` : ''}${one.month}月${one.day}日`
}

/** 11月24日, of a day as `2026-11-24`; with the year when it is another than now's. */
export function dayInWords(day: string, now: number, language: Language): string {
  const one = local(Date.parse(`${day}T00:00:00+08:00`))
  return date(one, language, one.year !== local(now).year)
}

/** 2026年11月, of a month as `2026-11`. */
export function monthInWords(month: string, language: Language): string {
  const one = local(Date.parse(`${month}-01T00:00:00+08:00`))
  return language === 'en' ? `${MONTHS[one.month - 1]} ${one.year}` : `${one.year}年${one.month}月`
}

/** 11月24日 15:30; with the year when it is another than now's. */
export function moment(at: number, now: number, language: Language): string {
  const one = local(at)
  return `${date(one, language, one.year !== local(now).year)} ${one.clock}`
}

/** With the year and the second. */
export function exactly(at: number, language: Language): string {
  const seconds = new Date(at).toISOString().slice(17, 19)
  return `${date(local(at), language, true)} ${local(at).clock}:${seconds}`
}

/** A limit at the stroke of midnight belongs to the day that ends with it. */
export function deadline(at: number, now: number, language: Language): string {
  const before = local(at - MINUTE)
  if (local(at).clock !== '00:00') return moment(at, now, language)
  return `${date(before, language, before.year !== local(now).year)} 24:00`
}

/** 5分钟前, 昨天 15:30, 11月24日 15:30. */
export function ago(at: number, now: number, language: Language): string {
  const en = language === 'en'
  const gone = now - at
  if (gone < MINUTE && gone > -MINUTE) return en ? 'just now' : '刚刚'
  if (gone > 0 && gone < HOUR) return en ? `${Math.floor(gone / MINUTE)} min ago` : `${Math.floor(gone / MINUTE)}分钟前`
  if (gone > 0 && dayOf(at) === dayOf(now)) return en ? `${Math.floor(gone / HOUR)} h ago` : `${Math.floor(gone / HOUR)}小时前`
  if (dayOf(at) === dayOf(now - DAY)) return `${en ? 'yesterday' : '昨天'} ${local(at).clock}`
  return moment(at, now, language)
}

/** Whether a day, as `2026-11-24`, counts. */
export type IsWorkday = (day: string) => boolean

/** From Monday to Friday: as far as nobody knows better. */
export function isWeekday(day: string): boolean {
  const weekday = new Date(`${day}T00:00:00Z`).getUTCDay()
  return weekday >= 1 && weekday <= 5
}

/** Milliseconds of workdays from one moment to a later one. */
export function workdayTime(start: number, end: number, isWorkday: IsWorkday): number {
  let time = 0
  for (let from = start; from < end; ) {
    const midnight = (Math.floor((from + BEIJING_MS) / DAY) + 1) * DAY - BEIJING_MS
    const to = Math.min(midnight, end)
    if (isWorkday(dayOf(from))) time += to - from
    from = to
  }
  return time
}

type Unit = 'day' | 'hour' | 'minute'

function amount(count: number, unit: Unit, language: Language): string {
  if (language === 'zh') return `${count}${{ day: '个工作日', hour: '小时', minute: '分钟' }[unit]}`
  return `${count} ${{ day: count > 1 ? 'workdays' : 'workday', hour: 'h', minute: 'min' }[unit]}`
}

/**
 * 还剩4个工作日23小时, 还剩3小时5分钟, 超期1个工作日. Within a day by the wall clock, which tells what is near as it is;
 * beyond it in workdays, since a weekend between would make the hours mislead. What is left is told in two units, since
 * in whole ones a limit would be a day shorter as soon as it began; it is never told as more than there is.
 */
export function left(now: number, due: number, isWorkday: IsWorkday, language: Language): string {
  const late = now > due
  const clock = Math.abs(due - now)
  const said = (): string => {
    const en = language === 'en'
    if (clock < MINUTE) return en ? 'under a minute' : '不到1分钟'
    if (clock < DAY) return inUnits(clock, HOUR, 'hour', MINUTE, 'minute')
    const time = (late ? workdayTime(due, now, isWorkday) : workdayTime(now, due, isWorkday)) + 1
    if (time < DAY) return en ? 'under a workday' : '不到1个工作日'
    return inUnits(time, DAY, 'day', HOUR, 'hour')
  }
  const inUnits = (time: number, size: number, unit: Unit, part: number, smaller: Unit): string => {
    const whole = Math.floor(time / size)
    const rest = late && whole ? 0 : Math.floor((time % size) / part)
    const told = [...(whole ? [amount(whole, unit, language)] : []), ...(rest ? [amount(rest, smaller, language)] : [])]
    return told.join(language === 'en' ? ' ' : '')
  }
  if (language === 'en') return late ? `${said()} overdue` : `${said()} left`
  return (late ? '超期' : '还剩') + said()
}
