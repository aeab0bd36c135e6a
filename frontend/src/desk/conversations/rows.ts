/** The lists: which conversations people are concerned with, in the order they press. Pure. */
import type { Row } from './protocol'

export type ListName = 'mine' | 'waiting' | 'everyone'

/** How long somebody has waited, against how long they should: grey, amber, red. */
export type Pressure = 'grey' | 'amber' | 'red'

export type Rows = ReadonlyMap<string, Row>

/** A line of a list: a conversation, or those worked as one, as the one that leads and with what is true of any. */
export interface Listed extends Row {
  /** The one that leads, then those that follow it. */
  together: readonly Row[]
}

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

/** A conversation with those it is worked as one with, as far as they are known; the one that leads first. */
export function together(rows: Rows, row: Row): Row[] {
  const leader = row.merged_into ?? row.id
  const all = [...rows.values()].filter((one) => one.id === leader || one.merged_into === leader)
  if (!all.some((one) => one.id === row.id)) all.push(row)
  return all.sort((a, b) => Number(b.id === leader) - Number(a.id === leader) || (a.id < b.id ? -1 : 1))
}

function earliest(moments: readonly (number | null)[]): number | null {
  const known = moments.filter((at) => at !== null)
  return known.length ? Math.min(...known) : null
}

/** As one line: waiting as long as the longest, as urgent as any, put aside when all are. */
function asOne(all: readonly [Row, ...Row[]], now: number): Listed {
  const [leader] = all
  if (all.length === 1) return { ...leader, together: all }
  const waiting = earliest(all.map((row) => row.waiting_since))
  const awake = all.some((row) => !isAside(row, now))
  const owner = {
    ...leader.owner,
    urgent: all.some((row) => row.owner.urgent),
    snoozed_until: awake ? null : leader.owner.snoozed_until,
    since: leader.owner.kind === 'queue' ? (waiting ?? leader.owner.since) : leader.owner.since,
  }
  const latest = all.map((row) => row.latest).sort((a, b) => (b?.at ?? 0) - (a?.at ?? 0))[0] ?? null
  const unread = all.reduce((sum, row) => sum + row.unread, 0)
  return { ...leader, owner, waiting_since: waiting, latest, unread, together: all }
}

function lines(rows: Rows, now: number): Listed[] {
  const groups = new Map<string, [Row, ...Row[]]>()
  const followers: Row[] = []
  for (const row of rows.values()) {
    if (row.merged_into !== null && rows.has(row.merged_into)) followers.push(row)
    else groups.set(row.id, [row])
  }
  for (const row of followers) groups.get(row.merged_into ?? '')?.push(row)
  return [...groups.values()].map((all) => asOne(all, now))
}

/** Which of those worked as one to open: the one whose citizen waits longest, else the one that leads. */
export function pressed(line: Listed): Row {
  const waiting = line.together.filter((row) => row.waiting_since !== null)
  return waiting.sort((a, b) => (a.waiting_since ?? 0) - (b.waiting_since ?? 0))[0] ?? line
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

export function list(rows: Rows, name: ListName, viewer: Viewer, now: number): Listed[] {
  const all = lines(rows, now)
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
  let everyone = 0
  for (const row of rows.values()) {
    if (row.merged_into !== null && rows.has(row.merged_into)) continue
    everyone += 1
    if (row.owner.kind === 'queue') waiting += 1
    else if (row.owner.id === viewer.username) mine += 1
  }
  return { mine, waiting, everyone }
}

/**
 * How many conversations want somebody: their own that they have not read, what is put aside only once the citizen
 * writes; beside those what is marked for them; and what waits for anybody.
 */
export function wants(rows: Rows, viewer: Viewer, marked: Iterable<string>): { unread: number; marked: number; waiting: number } {
  const unread = new Set<string>()
  for (const row of rows.values()) {
    if (isOf(row, viewer.username) && row.unread > 0 && row.waiting_since !== null) unread.add(row.merged_into ?? row.id)
  }
  const beside = new Set<string>()
  for (const id of marked) {
    const row = rows.get(id)
    const leader = row?.merged_into ?? id
    if (row?.owner.kind !== 'queue' && !unread.has(leader)) beside.add(leader)
  }
  return { unread: unread.size, marked: beside.size, waiting: counts(rows, viewer).waiting }
}

/** Those of others that are marked for somebody, the latest first; row: as it was when it was marked. Who waits there
 * for an answer is not theirs to answer. */
export function othersOf(rows: Rows, marked: readonly Row[], viewer: Viewer): Listed[] {
  const last = (row: Row): number => row.latest?.at ?? row.heard_at ?? row.owner.since
  const known = new Map(marked.map((row) => [row.id, rows.get(row.id) ?? row]))
  return [...known.values()]
    .filter((row) => !isOf(row, viewer.username))
    .sort((a, b) => last(b) - last(a))
    .map((row) => ({ ...row, unread: 0, waiting_since: null, together: [row] }))
}

function isOf(row: Row, username: string): boolean {
  return row.owner.kind === 'agent' && row.owner.id === username
}

/** Of somebody's own, those whose citizen said something by this change. */
export function spoken(before: Rows, after: Rows, username: string): Row[] {
  return [...after.values()].filter((row) => {
    const known = before.get(row.id)
    if (!known || !isOf(known, username) || !isOf(row, username)) return false
    return row.unread > 0 && row.latest?.direction === 'in' && row.seq > known.seq && row.latest.at >= (known.latest?.at ?? 0)
  })
}

export function pressure(waitedMs: number): Pressure {
  return waitedMs >= RED_MS ? 'red' : waitedMs >= AMBER_MS ? 'amber' : 'grey'
}

/** Those that were given to somebody by this change and were not theirs before; what came along with another is none. */
export function newlyTheirs(before: Rows, after: Rows, username: string): Row[] {
  return [...after.values()].filter(
    (row) =>
      row.owner.kind === 'agent' &&
      row.owner.id === username &&
      row.merged_into === null &&
      before.get(row.id)?.owner.id !== username,
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
