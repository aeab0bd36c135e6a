/** A ticket's number and code, as people write them. Pure. */

/** Half-width, upper case, without what people put between digits. */
function plain(text: string): string {
  return text.normalize('NFKC').toUpperCase().replace(/[\s\-—.,，。]/gu, '')
}

/** The number in a text, with DG where it was left out; empty when there is none. */
export function readNumber(text: string): string {
  const digits = /^(?:DG)?(\d{15})$/u.exec(plain(text))?.[1]
  return digits ? `DG${digits}` : ''
}

/** The six digits of a code; empty when it is none. */
export function readCode(text: string): string {
  return /^\d{6}$/u.test(plain(text)) ? plain(text) : ''
}

/** In groups that can be read aloud: `DG 20261126 000123 7`. */
export function grouped(number: string): string {
  const found = /^(DG)(\d{8})(\d{6})(\d)$/u.exec(number)
  return found ? found.slice(1).join(' ') : number
}
