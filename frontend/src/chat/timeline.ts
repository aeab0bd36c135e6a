/**
 * The messages of one conversation as this page knows them. Pure: every function returns a new timeline.
 *
 * Two things are kept apart: `messages`, all that is known, and `cursor`, the number up to which nothing is missing.
 * What we say ourselves comes back from the POST with its number, perhaps before a message stored earlier by somebody
 * else has reached us; such a number never moves the cursor, or the earlier message would be lost.
 */
import type { Message, Option } from '@/api/protocol'

export interface Timeline<One extends Message = Message> {
  /** By number, each number once. */
  messages: readonly One[]
  /** Everything numbered `first`…`cursor` is here. */
  cursor: number
  /** More may lie before the first message. */
  older: boolean
}

export const empty: Timeline<never> = { messages: [], cursor: 0, older: false }

/** The two lists as one, each number once; `added` wins over what was known. */
export function merge<One extends Message>(known: readonly One[], added: readonly One[]): One[] {
  const last = known.at(-1)?.seq ?? 0
  if (added.every((message, index) => message.seq > (added[index - 1]?.seq ?? last))) return [...known, ...added]
  const bySeq = new Map<number, One>()
  for (const message of known) bySeq.set(message.seq, message)
  for (const message of added) bySeq.set(message.seq, message)
  return [...bySeq.values()].sort((a, b) => a.seq - b.seq)
}

/** Messages that are known to be stored but did not come by the stream: our own, as the POST returned them. */
export function remember<One extends Message>(timeline: Timeline<One>, added: readonly One[]): Timeline<One> {
  if (added.length === 0) return timeline
  return { ...timeline, messages: merge(timeline.messages, added) }
}

/** Messages of the stream, which follow `cursor` without a gap. */
export function advance<One extends Message>(timeline: Timeline<One>, added: readonly One[]): Timeline<One> {
  if (added.length === 0) return timeline
  const cursor = Math.max(timeline.cursor, ...added.map((message) => message.seq))
  return { ...timeline, messages: merge(timeline.messages, added), cursor }
}

/** A page of earlier messages. */
export function prepend<One extends Message>(
  timeline: Timeline<One>,
  added: readonly One[],
  more: boolean,
): Timeline<One> {
  return { ...timeline, messages: merge(timeline.messages, added), older: more }
}

/** True when `message` is not simply the next one: something between is missing and must be asked for. */
export function leavesGap(timeline: Timeline, message: Message): boolean {
  return message.seq > timeline.cursor + 1
}

/** Is there anything in the message that a person can see? */
export function isVisible(message: Message): boolean {
  return message.parts.some((part) => part.type !== 'event')
}

/** The citizen has said something and nothing of ours has followed yet. */
export function awaitsReply(timeline: Timeline): boolean {
  const last = timeline.messages.filter(isVisible).at(-1)
  return last !== undefined && last.direction === 'in'
}

/** The choices that stood open when message `index` was written: those of our last words before it. */
function openChoices(messages: readonly Message[], index: number): readonly Option[] {
  for (let i = index - 1; i >= 0; i -= 1) {
    const message = messages[i]
    if (message === undefined || message.direction === 'in') return []
    for (const part of message.parts) if (part.type === 'choices') return part.options
  }
  return []
}

/** For each message that was a bare choice ("2"), the label of what was chosen, by number of the message. */
export function chosenLabels(messages: readonly Message[]): Map<number, string> {
  const labels = new Map<number, string>()
  messages.forEach((message, index) => {
    const part = message.parts[0]
    if (message.direction !== 'in' || message.parts.length !== 1 || part?.type !== 'text') return
    const said = part.text.trim()
    if (said.length > 16) return
    const chosen = openChoices(messages, index).find((option) => option.key === said)
    if (chosen) labels.set(message.seq, chosen.label)
  })
  return labels
}

/**
 * What pressing an option says. While its choices are the last thing said, the key, which is certain; afterwards the
 * key may mean something else, so the label in full.
 */
export function wordsFor(messages: readonly Message[], seq: number, option: Option): string {
  const answered = messages.some((message) => message.direction === 'in' && message.seq > seq)
  const replaced = messages.some(
    (message) => message.seq > seq && message.parts.some((part) => part.type === 'choices'),
  )
  return answered || replaced ? option.label : option.key
}
