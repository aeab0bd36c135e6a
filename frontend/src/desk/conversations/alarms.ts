/** Danger that citizens told of: which alarms stand, and which have rung at this desk. Pure but for the storage given. */

/** Of a ticket or of a conversation: the other is empty. Who saw to it is empty while it stands. */
export interface Alarm {
  id: string
  conversationId: string
  ticket: string
  kind: string
  at: number
  /** Since when it is for who leads, because nobody saw to it; 0 at other desks. */
  escalatedAt: number
  seenToBy: string
  seenToName: string
  seenToAt: number
}

const REMEMBERED = 200

function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

export function readAlarm(value: unknown): Alarm | null {
  if (typeof value !== 'object' || value === null) return null
  const given = value as Record<string, unknown>
  const [conversationId, ticket, id] = [text(given.conversation_id), text(given.ticket), text(given.id)]
  if (!id || (!conversationId && !ticket)) return null
  return {
    id,
    conversationId,
    ticket,
    kind: text(given.kind),
    at: Date.parse(text(given.at)) || 0,
    escalatedAt: Date.parse(text(given.escalated_at)) || 0,
    seenToBy: text(given.seen_to_by),
    seenToName: text(given.seen_to_name) || text(given.seen_to_by),
    seenToAt: Date.parse(text(given.seen_to_at)) || 0,
  }
}

export function readAlarms(value: unknown): Alarm[] {
  return Array.isArray(value) ? value.map(readAlarm).filter((alarm) => alarm !== null) : []
}

/** The page that shows what it is about. */
export function pathOf(alarm: Alarm): string {
  return alarm.ticket ? `/desk/tickets/${alarm.ticket}` : `/desk/conversations/${alarm.conversationId}`
}

/** One more, or one of them that is for who leads now; of each matter the latest stands for all. */
export function withAlarm(alarms: readonly Alarm[], alarm: Alarm): readonly Alarm[] {
  const known = alarms.find((one) => one.id === alarm.id)
  if (known && known.escalatedAt >= alarm.escalatedAt) return alarms
  const path = pathOf(alarm)
  return [alarm, ...alarms.filter((one) => pathOf(one) !== path)]
}

/** After somebody saw to one, and with it to those of the matter before it. */
export function without(alarms: readonly Alarm[], seenTo: Alarm): readonly Alarm[] {
  const path = pathOf(seenTo)
  return alarms.filter((one) => pathOf(one) !== path || one.at > seenTo.at)
}

/** Under which it has rung: a matter that is for who leads rings once more. */
function ringsAs(alarm: Alarm): string[] {
  return alarm.escalatedAt ? [alarm.id, `${pathOf(alarm)} ${alarm.escalatedAt}`] : [alarm.id]
}

/** Which have rung here for this person: in no window of this browser twice, nor after it was loaded again. */
export class Rung {
  private readonly key: string
  private kept: string[] = []

  constructor(
    private readonly storage: Storage | null,
    username: string,
  ) {
    this.key = `yixian.desk.rung.${username}`
  }

  /** Those of them that have not; from now on they have. */
  first(alarms: readonly Alarm[]): Alarm[] {
    const before = new Set(this.load())
    const fresh = alarms.filter((alarm) => ringsAs(alarm).some((name) => !before.has(name)))
    if (fresh.length > 0) this.save([...new Set([...before, ...fresh.flatMap(ringsAs)])].slice(-REMEMBERED))
    return fresh
  }

  private load(): string[] {
    try {
      const found: unknown = JSON.parse(this.storage?.getItem(this.key) ?? 'null')
      if (Array.isArray(found)) return found.map(text)
    } catch {
      // What cannot be read has not been kept.
    }
    return this.kept
  }

  private save(ids: string[]): void {
    this.kept = ids
    try {
      this.storage?.setItem(this.key, JSON.stringify(ids))
    } catch {
      // Storage is closed to us; this window remembers.
    }
  }
}
