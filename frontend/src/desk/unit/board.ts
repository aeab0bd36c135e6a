/** A unit's open tickets by what each waits for. Pure. */
import { partOf } from '../tickets/model'
import type { Ticket } from '../tickets/model'

export const GROUPS = ['all', 'sign', 'inHand', 'joint', 'late'] as const
export type Group = (typeof GROUPS)[number]

export type Waits = 'sign' | 'reply' | 'joint' | 'decision'

export interface Line {
  ticket: Ticket
  waits: Waits
  /** When that has to be done. */
  due: string
}

/** What a ticket waits for from these units; null when they have no part in it. */
export function lineOf(ticket: Ticket, units: readonly string[]): Line | null {
  const part = partOf(ticket, units)
  if (!part) return null
  if (part.role === 'joint') return { ticket, waits: 'joint', due: part.due }
  if (ticket.return_asked === 'asked') return { ticket, waits: 'decision', due: part.due }
  if (part.signed_at === null) return { ticket, waits: 'sign', due: part.sign_due }
  return { ticket, waits: 'reply', due: part.due }
}

function isIn(line: Line, group: Group, now: number): boolean {
  switch (group) {
    case 'all':
      return true
    case 'sign':
      return line.waits === 'sign'
    case 'inHand':
      return line.waits === 'reply' || line.waits === 'decision'
    case 'joint':
      return line.waits === 'joint'
    case 'late':
      return Date.parse(line.due) < now
  }
}

/** Those of a group, what is due first at the top. */
export function grouped(lines: readonly Line[], group: Group, now: number): Line[] {
  return lines
    .filter((line) => isIn(line, group, now))
    .sort((one, other) => Date.parse(one.due) - Date.parse(other.due))
}
