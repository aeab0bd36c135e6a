import { describe, expect, it } from 'vitest'
import { byConversation, Marks } from './marks'
import type { Mark, MarkKind } from './marks'
import { readRow } from './protocol'
import { Kept } from './samples'

function mark(id: string, conversation: string, kind: MarkKind = 'note'): Mark {
  const row = readRow({ id: conversation, owner: { kind: 'agent' } })
  if (!row) throw new Error(conversation)
  return { id, kind, row }
}

/** A page: what it marks, and what it has told the gateway. */
function page(kept: Kept | null = new Kept(), username = 'lin') {
  let marked: readonly Mark[] = []
  const said: string[] = []
  const marks = new Marks(
    kept as unknown as Storage,
    username,
    (next) => {
      marked = next
    },
    (ids) => said.push(...ids),
  )
  return { marks, said, now: () => Object.fromEntries(byConversation(marked)) }
}

const [n1, n2, n3, m1] = [mark('n1', 'a'), mark('n2', 'a'), mark('n3', 'b'), mark('m1', 'a', 'undelivered')]

describe('Marks', () => {
  it('names each kind once until somebody looks, and says what they looked at', () => {
    const { marks, said, now } = page()
    for (const one of [n1, n2, n3, m1]) marks.put(one, false)
    expect(now()).toEqual({ a: ['note', 'undelivered'], b: ['note'] })
    marks.lookAt('a')
    marks.lookAt('a')
    expect([now(), said]).toEqual([{ b: ['note'] }, ['n1', 'n2', 'm1']])
    marks.put(mark('n4', 'b'), true)
    expect([now(), said.at(-1)]).toEqual([{ b: ['note'] }, 'n4'])
  })

  it('is what the gateway tells after each welcome, and what came since', () => {
    const { marks, now } = page()
    marks.welcomed()
    marks.put(n3, false)
    marks.told([n1])
    expect(now()).toEqual({ a: ['note'], b: ['note'] })
    marks.welcomed()
    expect(now()).toEqual({ a: ['note'], b: ['note'] })
    marks.told([])
    expect(now()).toEqual({})
  })

  it('does not bring back what was looked at on another page', () => {
    const { marks, said, now } = page()
    marks.told([n1, n3])
    marks.known(['n1'])
    expect([now(), said]).toEqual([{ b: ['note'] }, []])
    marks.told([n1, n3]) // read before
    expect([now(), said]).toEqual([{ b: ['note'] }, []])
  })

  it('says again what the gateway did not hear, also after the page was loaded again', () => {
    const kept = new Kept()
    const before = page(kept)
    before.marks.told([n1, n3])
    before.marks.lookAt('a')
    for (const one of [before, page(kept)]) {
      one.said.length = 0
      one.marks.welcomed()
      one.marks.told([n1, n3])
      expect([one.now(), one.said]).toEqual([{ b: ['note'] }, ['n1']])
    }
    expect(page(kept, 'zhao').said).toEqual([])
    const heard = page(kept)
    heard.marks.told([n3])
    expect(page(kept).marks).toMatchObject({ looked: new Map() })
  })

  it('marks anew what fails once more', () => {
    const { marks, now } = page()
    marks.put(m1, false)
    marks.lookAt('a')
    marks.known(['m1'])
    marks.put(m1, false)
    expect(now()).toEqual({ a: ['undelivered'] })
    marks.lookAt('a')
    marks.known(['m1'])
    marks.welcomed()
    marks.told([m1])
    expect(now()).toEqual({ a: ['undelivered'] })
  })

  it('works without a storage, and with one that holds nonsense', () => {
    const kept = new Kept()
    kept.closed = true
    const closed = page(kept)
    closed.marks.put(n1, false)
    expect(closed.now()).toEqual({ a: ['note'] })
    for (const nonsense of ['{', '{"a":1}', '[7,"n1"]']) {
      const kept = new Kept()
      kept.setItem('yixian.desk.looked.lin', nonsense)
      const { marks, now } = page(kept)
      marks.told([n3])
      expect(now()).toEqual({ b: ['note'] })
    }
  })
})
