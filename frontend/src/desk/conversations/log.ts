/** A thread as lines to draw: days, speakers' names, notes where they were written, what is not sent yet. Pure. */
import { daysApart } from '../time'
import type { DeskMessage, Note } from './protocol'
import type { Thread } from './thread'
import type { Unsent } from './unsent'
import { isVisible } from '@/chat/timeline'

export type Line =
  | { kind: 'day'; key: string; at: number }
  | { kind: 'message'; key: string; message: DeskMessage; named: boolean; read: boolean }
  | { kind: 'note'; key: string; note: Note }
  | { kind: 'unsent'; key: string; item: Unsent }

const GROUP_MS = 5 * 60_000

function isOfSame(one: DeskMessage, other: DeskMessage): boolean {
  return one.direction === other.direction && one.sender.kind === other.sender.kind && (one.by ?? '') === (other.by ?? '')
}

/** What we say ourselves keeps its line when it comes back stored. */
function messageKey(message: DeskMessage): string {
  return message.client_id ? `c${message.client_id}` : `m${message.seq}`
}

/** It came back by another way before the call that stored it was answered. */
function isStored(thread: Thread, item: Unsent): boolean {
  const { messages } = thread.timeline
  return (
    messages.some((message) => message.client_id === item.clientId) ||
    thread.notes.some((note) => note.id.endsWith(`:${item.clientId}`))
  )
}

/** For who comes back to ten thousand messages of which none has changed. */
const kept = new WeakMap<Thread, readonly Line[]>()

/** unsent: of this conversation, in the order written. */
export function toLines(thread: Thread, unsent: readonly Unsent[]): readonly Line[] {
  const stored = kept.get(thread) ?? storedLines(thread)
  kept.set(thread, stored)
  const waiting = unsent.filter((item) => !isStored(thread, item))
  if (!waiting.length) return stored
  return [...stored, ...waiting.map((item): Line => ({ kind: 'unsent', key: `c${item.clientId}`, item }))]
}

function storedLines(thread: Thread): readonly Line[] {
  const lines: Line[] = []
  const messages = thread.timeline.messages.filter(isVisible)
  const lastRead = messages.filter((one) => one.direction === 'out' && one.seq <= thread.read).at(-1)
  let day = -Infinity
  let before: DeskMessage | null = null
  let next = 0

  function onDay(at: number, key: string): void {
    if (at === 0 || daysApart(at, day) === 0) return
    day = at
    lines.push({ kind: 'day', key: `d${key}`, at })
    before = null
  }

  function notesBefore(seq: number): void {
    for (let note = thread.notes[next]; note && note.after < seq; note = thread.notes[++next]) {
      onDay(note.at, note.id)
      lines.push({ kind: 'note', key: `n${note.id}`, note })
      before = null
    }
  }

  for (const message of messages) {
    notesBefore(message.seq)
    onDay(message.at, message.id)
    const apart = before === null || message.at - before.at > GROUP_MS || !isOfSame(before, message)
    lines.push({ kind: 'message', key: messageKey(message), message, named: apart, read: message === lastRead })
    before = message
  }
  notesBefore(Infinity)
  return lines
}

/** Stays where it is when earlier lines come in; a day's line may move up. */
export function isSteady(line: Line): boolean {
  return line.kind !== 'day'
}

/** The line of what was last said up to a moment, or of what was first said from it on; the nearest one where there is
 * none. -1 without lines. */
export function lineOf(lines: readonly Line[], at: number, side: 'upTo' | 'from'): number {
  const said = lines.flatMap((line, index) => (line.kind === 'message' ? [{ index, at: line.message.at }] : []))
  const found = side === 'upTo' ? said.filter((one) => one.at <= at).at(-1) : said.find((one) => one.at >= at)
  return (found ?? (side === 'upTo' ? said[0] : said.at(-1)))?.index ?? -1
}
