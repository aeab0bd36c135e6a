/** How one text became another: pieces that stayed, went and came. Pure. */

export interface Piece {
  text: string
  how: 'kept' | 'gone' | 'new'
}

const PIECES = /[^。！？；!?;，,\n]+[。！？；!?;，,\n]*|[。！？；!?;，,\n]+/gu
/** Larger texts are compared by their parts only. */
const MOST_CELLS = 400_000

/** The longest common subsequence's steps, in order. */
function steps(from: readonly string[], to: readonly string[]): Piece[] {
  const width = to.length + 1
  const longest = new Uint32Array((from.length + 1) * width)
  const at = (row: number, column: number): number => longest[row * width + column] ?? 0
  for (let row = from.length - 1; row >= 0; row--) {
    for (let column = to.length - 1; column >= 0; column--) {
      longest[row * width + column] =
        from[row] === to[column] ? at(row + 1, column + 1) + 1 : Math.max(at(row + 1, column), at(row, column + 1))
    }
  }
  const found: Piece[] = []
  let row = 0
  let column = 0
  while (row < from.length || column < to.length) {
    const old = from[row]
    const fresh = to[column]
    if (old !== undefined && old === fresh) {
      found.push({ text: old, how: 'kept' })
      row++
      column++
    } else if (old !== undefined && (fresh === undefined || at(row + 1, column) >= at(row, column + 1))) {
      found.push({ text: old, how: 'gone' })
      row++
    } else if (fresh !== undefined) {
      found.push({ text: fresh, how: 'new' })
      column++
    }
  }
  return found
}

function joined(pieces: readonly Piece[]): Piece[] {
  const found: Piece[] = []
  for (const piece of pieces) {
    const last = found.at(-1)
    if (last?.how === piece.how) last.text += piece.text
    else found.push({ ...piece })
  }
  return found
}

function compared(from: readonly string[], to: readonly string[]): Piece[] {
  if ((from.length + 1) * (to.length + 1) <= MOST_CELLS) return steps(from, to)
  return [
    { text: from.join(''), how: 'gone' },
    { text: to.join(''), how: 'new' },
  ]
}

/** By clauses first; what went and what came in one place is then told apart character by character. */
export function difference(before: string, after: string): Piece[] {
  const found: Piece[] = []
  let gone = ''
  let fresh = ''
  const settle = (): void => {
    if (gone && fresh) found.push(...compared([...gone], [...fresh]))
    else if (gone) found.push({ text: gone, how: 'gone' })
    else if (fresh) found.push({ text: fresh, how: 'new' })
    gone = fresh = ''
  }
  for (const piece of compared(before.match(PIECES) ?? [], after.match(PIECES) ?? [])) {
    if (piece.how === 'gone') gone += piece.text
    else if (piece.how === 'new') fresh += piece.text
    else {
      settle()
      found.push(piece)
    }
  }
  settle()
  return joined(found)
}

/** The pieces one side shows. */
export function side(pieces: readonly Piece[], which: 'before' | 'after'): Piece[] {
  return pieces.filter((piece) => piece.text && piece.how !== (which === 'before' ? 'new' : 'gone'))
}
