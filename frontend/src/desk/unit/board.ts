/** A unit's open tickets by what each waits for. Pure. */
import { isWithUnit, partOf, since, unanswered } from '../tickets/model'
import type { Ticket } from '../tickets/model'

export const GROUPS = ['all', 'sign', 'inHand', 'joint', 'supervised', 'late'] as const
export type Group = (typeof GROUPS)[number]

export type Waits = 'sign' | 'reply' | 'joint' | 'decision' | 'explanation'

export interface Line {
  ticket: Ticket
  waits: Waits
  /** When that has to be done, and when it was asked for. */
  due: string
  since: string
}

/** What a ticket waits for from these units: its handling, and to be explained where it is under supervision. */
export function linesOf(ticket: Ticket, units: readonly string[]): Line[] {
  const supervision = unanswered(ticket)
  const explanation: Line[] =
    supervision && units.includes(supervision.unit)
      ? [{ ticket, waits: 'explanation', due: supervision.due, since: supervision.at }]
      : []
  return [...handling(ticket, units), ...explanation]
}

function handling(ticket: Ticket, units: readonly string[]): Line[] {
  const part = partOf(ticket, units)
  if (!part || part.answered_at || !isWithUnit(ticket)) return []
  if (part.role === 'joint') return [{ ticket, waits: 'joint', due: part.due, since: part.at }]
  if (ticket.return_asked === 'asked') return [{ ticket, waits: 'decision', due: part.due, since: since(ticket) }]
  if (part.signed_at === null) return [{ ticket, waits: 'sign', due: part.sign_due, since: part.at }]
  return [{ ticket, waits: 'reply', due: part.due, since: since(ticket) }]
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
    case 'supervised':
      return line.waits === 'explanation'
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
