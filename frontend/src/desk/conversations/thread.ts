/** What was said in one conversation, and what people noted beside it. Pure. */
import type { DeskMessage, Note, ThreadPage } from './protocol'
import { advance, empty, prepend, remember } from '@/chat/timeline'
import type { Timeline } from '@/chat/timeline'

export interface Thread {
  timeline: Timeline<DeskMessage>
  /** In the order in which they stand among the messages. */
  notes: readonly Note[]
  /** Number up to which the citizen has read. */
  read: number
}

export const unread: Thread = { timeline: empty, notes: [], read: 0 }

/** States in which a message is not settled yet. */
const OPEN = new Set(['queued', 'sending', 'uncertain'])

/** A first page: the last messages there are. */
export function begun(page: ThreadPage): Thread {
  const first = page.messages[0]?.seq ?? 0
  return {
    timeline: { messages: page.messages, cursor: page.seq, older: first > 1 },
    notes: inOrder([], page.notes),
    read: page.read_by_citizen,
  }
}

/** Messages of the stream, which follow what is there without a gap. */
export function followed(thread: Thread, messages: readonly DeskMessage[]): Thread {
  return { ...thread, timeline: advance(thread.timeline, messages) }
}

/** Messages read again, or our own as they were stored. */
export function known(thread: Thread, messages: readonly DeskMessage[]): Thread {
  return { ...thread, timeline: remember(thread.timeline, messages) }
}

export function noted(thread: Thread, notes: readonly Note[]): Thread {
  return notes.length ? { ...thread, notes: inOrder(thread.notes, notes) } : thread
}

export function seen(thread: Thread, read: number): Thread {
  return read > thread.read ? { ...thread, read } : thread
}

/** A page of earlier messages. */
export function earlier(thread: Thread, page: ThreadPage): Thread {
  const first = page.messages[0]?.seq ?? 0
  return noted({ ...thread, timeline: prepend(thread.timeline, page.messages, first > 1) }, page.notes)
}

function inOrder(known: readonly Note[], added: readonly Note[]): Note[] {
  const byId = new Map<string, Note>()
  for (const note of known) byId.set(note.id, note)
  for (const note of added) byId.set(note.id, note)
  return [...byId.values()].sort((a, b) => a.after - b.after || a.at - b.at || (a.id < b.id ? -1 : 1))
}

/**
 * The first message whose delivery is not settled; null when none is. since: those said before are given up. reports:
 * whether the channel also tells what became of a message after it was sent.
 */
export function firstOnItsWay(thread: Thread, since: number, reports: boolean): DeskMessage | null {
  const isOpen = ({ delivery }: DeskMessage): boolean =>
    delivery !== null && (OPEN.has(delivery.state) || (reports && delivery.state === 'sent'))
  return thread.timeline.messages.find((one) => one.direction === 'out' && one.at >= since && isOpen(one)) ?? null
}
