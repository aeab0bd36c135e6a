import { describe, expect, it } from 'vitest'
import { inSight, lineAt, tops } from './measure'

describe('measure', () => {
  const uneven = tops(4, (index) => [10, 30, 20, 40][index] ?? 0)

  it('lays lines one under the other', () => {
    expect([...uneven]).toEqual([0, 10, 40, 60, 100])
  })

  it.each([
    [-5, 0],
    [0, 0],
    [9.5, 0],
    [10, 1],
    [39, 1],
    [60, 3],
    [500, 3],
  ])('finds the line at %d', (y, line) => {
    expect(lineAt(uneven, y)).toBe(line)
  })

  it('draws what is in sight and a margin', () => {
    expect(inSight(uneven, 40, 20, 0)).toEqual({ first: 2, end: 4 })
    expect(inSight(uneven, 41, 18, 0)).toEqual({ first: 2, end: 3 })
    expect(inSight(uneven, 41, 18, 2)).toEqual({ first: 1, end: 4 })
    expect(inSight(tops(0, () => 1), 0, 100, 50)).toEqual({ first: 0, end: 0 })
  })

  it('draws few of ten thousand, and is quick about it', () => {
    const begun = performance.now()
    const many = tops(10_000, (index) => 20 + (index % 7) * 13)
    const { first, end } = inSight(many, 300_000, 700, 400)
    expect(end - first).toBeLessThan(40)
    expect(performance.now() - begun).toBeLessThan(100)
  })
})
