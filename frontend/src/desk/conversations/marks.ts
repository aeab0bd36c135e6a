/** What somebody has still to look at in a conversation beside new messages. Pure but for the storage given. */

/** note: a colleague wrote one for them; undelivered: something of ours did not arrive. */
export type Mark = 'note' | 'undelivered'

export type Marked = ReadonlyMap<string, readonly Mark[]>

const KINDS: readonly string[] = ['note', 'undelivered'] satisfies Mark[]
const REMEMBERED = 100

/** Kept through a reload of the window. */
export class Marks {
  private readonly key: string
  private marked: Marked

  constructor(
    private readonly storage: Storage | null,
    username: string,
    private readonly onChange: (marked: Marked) => void,
  ) {
    this.key = `yixian.desk.marks.${username}`
    this.marked = this.load()
    onChange(this.marked)
  }

  put(conversationId: string, mark: Mark): void {
    const before = this.marked.get(conversationId) ?? []
    if (before.includes(mark)) return
    const others = [...this.marked].filter(([id]) => id !== conversationId)
    this.change(new Map([...others, [conversationId, [...before, mark]] as const].slice(-REMEMBERED)))
  }

  /** Somebody looked. */
  clear(conversationId: string): void {
    if (this.marked.has(conversationId)) this.change(new Map([...this.marked].filter(([id]) => id !== conversationId)))
  }

  private change(marked: Marked): void {
    this.marked = marked
    try {
      this.storage?.setItem(this.key, JSON.stringify([...marked]))
    } catch {
      // Storage is closed to us; this page remembers.
    }
    this.onChange(marked)
  }

  private load(): Marked {
    try {
      const found: unknown = JSON.parse(this.storage?.getItem(this.key) ?? '[]')
      return new Map(Array.isArray(found) ? found.flatMap(read) : [])
    } catch {
      return new Map()
    }
  }
}

function read(entry: unknown): [string, readonly Mark[]][] {
  if (!Array.isArray(entry) || typeof entry[0] !== 'string' || !Array.isArray(entry[1])) return []
  const marks = entry[1].filter((one): one is Mark => KINDS.includes(one as string))
  return marks.length ? [[entry[0], marks]] : []
}
