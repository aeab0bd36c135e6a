/** The lists: which conversations people are concerned with, in the order they press. Pure. */
import type { Row } from './protocol'

export type ListName = 'mine' | 'waiting' | 'everyone'

/** How long somebody has waited, against how long they should: grey, amber, red. */
export type Pressure = 'grey' | 'amber' | 'red'

export type Rows = ReadonlyMap<string, Row>

export interface Viewer {
  username: string
  /** Sees what others have, too. */
  leads: boolean
}

const AMBER_MS = 2 * 60_000
const RED_MS = 5 * 60_000

function concerns(row: Row, viewer: Viewer): boolean {
  if (row.owner.kind === 'bot') return false
  return row.owner.kind === 'queue' || viewer.leads || row.owner.id === viewer.username
}

/** The rows after some changed; an older version of one changes nothing, and what is no longer theirs to see goes. */
export function changed(rows: Rows, told: readonly Row[], gone: readonly string[], viewer: Viewer): Rows {
  const next = new Map(rows)
  for (const row of told) {
    const before = next.get(row.id)
    if (before && before.version > row.version) continue
    if (concerns(row, viewer)) next.set(row.id, row)
    else next.delete(row.id)
  }
  for (const id of gone) next.delete(id)
  return next
}

export function isAside(row: Row, now: number): boolean {
  return row.owner.snoozed_until !== null && row.owner.snoozed_until > now
}

/** In the queue: danger first, then who came first. */
function inQueue(a: Row, b: Row): number {
  return Number(b.owner.urgent) - Number(a.owner.urgent) || a.owner.since - b.owner.since || (a.id < b.id ? -1 : 1)
}

function inDanger(row: Row): boolean {
  return row.owner.urgent && row.waiting_since !== null
}

/** Danger that waits, then who waits longest; then those that wait for the citizen, the latest first; what is put aside
 * last. */
function pressing(now: number): (a: Row, b: Row) => number {
  return (a, b) =>
    Number(isAside(a, now)) - Number(isAside(b, now)) ||
    Number(inDanger(b)) - Number(inDanger(a)) ||
    Number(a.waiting_since === null) - Number(b.waiting_since === null) ||
    (a.waiting_since ?? 0) - (b.waiting_since ?? 0) ||
    (b.latest?.at ?? b.owner.since) - (a.latest?.at ?? a.owner.since) ||
    (a.id < b.id ? -1 : 1)
}

export function list(rows: Rows, name: ListName, viewer: Viewer, now: number): Row[] {
  const all = [...rows.values()]
  switch (name) {
    case 'mine':
      return all.filter((row) => row.owner.id === viewer.username && row.owner.kind === 'agent').sort(pressing(now))
    case 'waiting':
      return all.filter((row) => row.owner.kind === 'queue').sort(inQueue)
    case 'everyone':
      return all.sort(pressing(now))
  }
}

export function counts(rows: Rows, viewer: Viewer): Record<ListName, number> {
  let mine = 0
  let waiting = 0
  for (const row of rows.values()) {
    if (row.owner.kind === 'queue') waiting += 1
    else if (row.owner.id === viewer.username) mine += 1
  }
  return { mine, waiting, everyone: rows.size }
}

export function pressure(waitedMs: number): Pressure {
  return waitedMs >= RED_MS ? 'red' : waitedMs >= AMBER_MS ? 'amber' : 'grey'
}

/** Those that were given to somebody by this change and were not theirs before. */
export function newlyTheirs(before: Rows, after: Rows, username: string): Row[] {
  return [...after.values()].filter(
    (row) => row.owner.kind === 'agent' && row.owner.id === username && before.get(row.id)?.owner.id !== username,
  )
}

/** What the gateway sees as a whole, over what was known: a row is never taken back to an older version. */
export function welcomed(before: Rows, told: readonly Row[], viewer: Viewer): Rows {
  const newest = told.map((row) => {
    const known = before.get(row.id)
    return known && known.version > row.version ? known : row
  })
  return changed(new Map(), newest, [], viewer)
}
