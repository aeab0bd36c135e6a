/** What was said in one conversation, and what people noted beside it. Pure. */
import type { DeskMessage, Note, Outcome, ThreadPage } from './protocol'
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

/** States from which a message goes no further. */
const SETTLED = new Set(['delivered', 'read', 'dropped'])

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
  return { ...thread, timeline: advance(thread.timeline, newest(thread, messages)) }
}

/** Messages read again, or our own as they were stored. */
export function known(thread: Thread, messages: readonly DeskMessage[]): Thread {
  return { ...thread, timeline: remember(thread.timeline, newest(thread, messages)) }
}

/** What became of one of the messages that are here. */
export function delivered(thread: Thread, { seq, version, delivery }: Outcome): Thread {
  const message = thread.timeline.messages.find((one) => one.seq === seq)
  return message ? known(thread, [{ ...message, version, delivery }]) : thread
}

/** An answer that was long on its way must not take back what the line has told meanwhile. */
function newest(thread: Thread, messages: readonly DeskMessage[]): DeskMessage[] {
  const here = new Map(thread.timeline.messages.map((one) => [one.seq, one]))
  return messages.map((one) => {
    const before = here.get(one.seq)
    return before && before.version > one.version ? before : one
  })
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
 * The number up to which messages are as they will stay; what follows is asked for again by who comes back. since: what
 * was said before is not followed any more. reports: whether the channel also tells what became of a message after it
 * was sent.
 */
export function settledUpTo(thread: Thread, since: number, reports: boolean): number {
  const { messages, cursor } = thread.timeline
  const isSettled = (state: string): boolean => SETTLED.has(state) || (state === 'sent' && !reports)
  const open = messages.find((one) => one.at >= since && one.delivery && !isSettled(one.delivery.state))
  return open ? Math.min(open.seq - 1, cursor) : cursor
}
