import { describe, expect, it } from 'vitest'
import { effectScope } from 'vue'
import { useListed } from './loading'
import type { Listed } from './loading'

/** A list in batches of two. */
function listOf(stored: string[]): Promise<Listed<string>> {
  const read = (from: string): Promise<{ rows: string[]; next: string | null }> => {
    const start = Number(from)
    return Promise.resolve({ rows: stored.slice(start, start + 2), next: start + 2 < stored.length ? String(start + 2) : null })
  }
  const list = effectScope().run(() => useListed<string>((from) => read(from))) as Listed<string>
  return Promise.resolve().then(() => list.reload()).then(() => list)
}

describe('A list that is compared', () => {
  it('stays as it was and says that there are other first rows', async () => {
    const stored = ['a', 'b', 'c']
    const list = await listOf(stored)
    await list.more()
    await list.compare()
    expect(list.stale.value).toBe(false)
    stored.unshift('new')
    await list.compare()
    expect([list.stale.value, list.rows.value]).toEqual([true, ['a', 'b', 'c']])
    stored.shift()
    await list.compare()
    expect(list.stale.value).toBe(false)
  })

  it('misses what has gone from its end, and is fresh again when it is read', async () => {
    const stored = ['a', 'b']
    const list = await listOf(stored)
    stored.pop()
    await list.compare()
    expect(list.stale.value).toBe(true)
    await list.reload()
    expect([list.stale.value, list.rows.value]).toEqual([false, ['a']])
    stored.pop()
    await list.compare()
    expect(list.stale.value).toBe(true)
  })
})
