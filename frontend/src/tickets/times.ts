/** Moments as people here read them: Beijing time, whatever the browser's own is. Pure. */
import type { Language } from '@/chat/words'

const BEIJING_MS = 8 * 3_600_000
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sept', 'Oct', 'Nov', 'Dec']

function pad(value: number): string {
  return String(value).padStart(2, '0')
}

/** `11月24日 15:30`, with the year when it is another than now's. at, now: milliseconds since the epoch. */
export function moment(at: number, now: number, language: Language): string {
  const year = new Date(at + BEIJING_MS).getUTCFullYear()
  const other = year !== new Date(now + BEIJING_MS).getUTCFullYear()
  if (language === 'en') return `${day(at, 'en')}${other ? ` ${year}` : ''}, ${clock(at)}`
  return `${other ? `${year}年` : ''}${day(at, 'zh')} ${clock(at)}`
}

/** `15:30`. */
export function clock(at: number): string {
  const local = new Date(at + BEIJING_MS)
  return `${pad(local.getUTCHours())}:${pad(local.getUTCMinutes())}`
}

/** `11月24日`, `24 Nov`. */
export function day(at: number, language: Language): string {
  const local = new Date(at + BEIJING_MS)
  if (language === 'en') return `${local.getUTCDate()} ${MONTHS[local.getUTCMonth()]}`
  return `${local.getUTCMonth() + 1}月${local.getUTCDate()}日`
}
