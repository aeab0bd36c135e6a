/** The timeline as rows to draw: times between groups, a name when the speaker changes. Pure. */
import type { Message } from '@/api/protocol'
import { isVisible } from './timeline'
import type { Words } from './words'

export type Row =
  | { kind: 'time'; key: string; at: number }
  | { kind: 'message'; key: string; message: Message; named: boolean }

const GROUP_MS = 5 * 60_000

function speaker(message: Message): string {
  return `${message.sender.kind}:${message.sender.name}`
}

export function toRows(messages: readonly Message[]): Row[] {
  const rows: Row[] = []
  let before: Message | null = null
  for (const message of messages) {
    if (!isVisible(message)) continue
    const apart = before === null || message.at - before.at > GROUP_MS
    if (apart && message.at > 0) rows.push({ kind: 'time', key: `t${message.seq}`, at: message.at })
    const named =
      message.direction === 'out' &&
      message.sender.kind !== 'system' &&
      (apart || before === null || speaker(before) !== speaker(message))
    rows.push({ kind: 'message', key: `m${message.seq}`, message, named })
    before = message
  }
  return rows
}

function pad(value: number): string {
  return String(value).padStart(2, '0')
}

function dayNumber(date: Date): number {
  return Math.floor(Date.UTC(date.getFullYear(), date.getMonth(), date.getDate()) / 86_400_000)
}

/** `15:30` today, `昨天 15:30`, `11月24日 15:30`, with the year when it is another. Local time. */
export function formatTime(at: number, now: number, words: Words): string {
  const date = new Date(at)
  const today = new Date(now)
  const clock = `${pad(date.getHours())}:${pad(date.getMinutes())}`
  const days = dayNumber(today) - dayNumber(date)
  if (days === 0) return clock
  if (days === 1) return `${words.yesterday} ${clock}`
  if (date.getFullYear() === today.getFullYear()) return `${words.day(date)} ${clock}`
  return `${date.getFullYear()}-${pad(date.getMonth() + 1)}-${pad(date.getDate())} ${clock}`
}
