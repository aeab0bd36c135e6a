/**
 * What somebody has still to look at in conversations beside new messages, as the gateway keeps it. Pure but for the
 * storage given, which holds what they have looked at here and the gateway does not know yet.
 */
import type { Row } from './protocol'

/** note: a colleague wrote one for them; undelivered: something of ours did not arrive. */
export type MarkKind = 'note' | 'undelivered'

export interface Mark {
  /** Of the note or the message it is about. */
  id: string
  kind: MarkKind
  /** Its conversation, as it was then. */
  row: Row
}

/** By conversation. */
export type Marked = ReadonlyMap<string, readonly MarkKind[]>

const REMEMBERED = 200

export class Marks {
  private readonly key: string
  private marks = new Map<string, Mark>()
  /** Told since the welcome: perhaps not in what the gateway had read before. */
  private fresh = new Set<string>()
  /** What was looked at, and whether the gateway knows. */
  private readonly looked: Map<string, boolean>

  constructor(
    private readonly storage: Storage | null,
    username: string,
    private readonly onChange: (marks: readonly Mark[]) => void,
    /** Tells the gateway; what it does not hear is said again. */
    private readonly tell: (ids: readonly string[]) => void,
  ) {
    this.key = `yixian.desk.looked.${username}`
    this.looked = new Map(this.load().map((id) => [id, false]))
  }

  /** The line is live again, and all that stand are told soon. */
  welcomed(): void {
    this.fresh.clear()
    for (const [id, known] of this.looked) if (known) this.looked.delete(id)
  }

  /** All that stand. */
  told(all: readonly Mark[]): void {
    const fresh = [...this.fresh].flatMap((id) => this.marks.get(id) ?? [])
    const standing = [...all, ...fresh].filter((one) => !this.looked.has(one.id))
    const again = all.filter((one) => this.looked.get(one.id) === false).map((one) => one.id)
    for (const [id, known] of this.looked) if (!known && !again.includes(id)) this.looked.set(id, true)
    if (again.length) this.tell(again)
    this.change(new Map(standing.map((one) => [one.id, one])))
  }

  /** One more; seen: they are looking at it. */
  put(mark: Mark, seen: boolean): void {
    if (seen) this.look([mark.id])
    else {
      this.looked.delete(mark.id)
      this.fresh.add(mark.id)
      this.change(new Map([...this.marks, [mark.id, mark]]))
    }
  }

  /** They look at a conversation. */
  lookAt(conversationId: string): void {
    const ids = [...this.marks.values()].filter((one) => one.row.id === conversationId).map((one) => one.id)
    if (ids.length) this.look(ids)
  }

  /** They have looked, here or on another page, and the gateway knows. */
  known(ids: readonly string[]): void {
    for (const id of ids) this.looked.set(id, true)
    this.change(new Map([...this.marks].filter(([id]) => !ids.includes(id))))
  }

  private look(ids: readonly string[]): void {
    for (const id of ids) this.looked.set(id, false)
    this.tell(ids)
    this.change(new Map([...this.marks].filter(([id]) => !ids.includes(id))))
  }

  private change(marks: Map<string, Mark>): void {
    this.marks = marks
    const owed = [...this.looked].filter(([, known]) => !known).map(([id]) => id)
    try {
      this.storage?.setItem(this.key, JSON.stringify(owed.slice(-REMEMBERED)))
    } catch {
      // Storage is closed to us; this page remembers.
    }
    this.onChange([...marks.values()])
  }

  private load(): string[] {
    try {
      const found: unknown = JSON.parse(this.storage?.getItem(this.key) ?? '[]')
      return Array.isArray(found) ? found.filter((id) => typeof id === 'string') : []
    } catch {
      return []
    }
  }
}

export function byConversation(marks: readonly Mark[]): Marked {
  const kinds = new Map<string, MarkKind[]>()
  for (const { kind, row } of marks) {
    const known = kinds.get(row.id) ?? []
    if (!known.includes(kind)) kinds.set(row.id, [...known, kind])
  }
  return kinds
}
