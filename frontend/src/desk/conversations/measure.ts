/** Where lines of unequal height lie, of which only those in sight are drawn; heights not seen yet are guessed. Pure. */

/** The top of each line and, last, the end of all. */
export function tops(count: number, height: (index: number) => number): Float64Array {
  const found = new Float64Array(count + 1)
  for (let index = 0; index < count; index += 1) found[index + 1] = (found[index] ?? 0) + height(index)
  return found
}

/** The line at a height; the first above all, the last below all. */
export function lineAt(tops: Float64Array, y: number): number {
  let low = 0
  let high = Math.max(0, tops.length - 2)
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if ((tops[middle] ?? 0) <= y) low = middle
    else high = middle - 1
  }
  return low
}

/** The lines from `first` up to, not including, `end` that are in sight or `margin` px from it. */
export function inSight(tops: Float64Array, top: number, height: number, margin: number): { first: number; end: number } {
  if (tops.length < 2) return { first: 0, end: 0 }
  return { first: lineAt(tops, top - margin), end: lineAt(tops, top + height + margin) + 1 }
}
