/** What a person is writing: canned replies after `/`, colleagues after `@`, what the channel takes of it. Pure. */

/** What is being looked up at the caret. */
export interface LookUp {
  sign: '/' | '@'
  /** What was written after the sign. */
  words: string
  /** Where the sign stands, and where the words end. */
  from: number
  to: number
}

export interface Canned {
  id: string
  shortcut: string
  title: string
  text: string
}

const SHOWN = 8
/** A sign counts at the beginning or after white space or punctuation, so that 1/2 and addresses stay what they are. */
const CANNED = /(?:^|[\s，。；：、！？（）])\/(\S{0,20})$/u
const MENTION = /(?:^|[^\w])@([\w.\u4e00-\u9fff-]{0,20})$/u
const WECHAT_BYTES = 2_048

/** signs: those that mean something here. */
export function lookUp(text: string, caret: number, signs: readonly LookUp['sign'][]): LookUp | null {
  const before = text.slice(0, caret)
  for (const sign of signs) {
    const found = (sign === '/' ? CANNED : MENTION).exec(before)
    const words = found?.[1]
    if (words !== undefined) return { sign, words, from: caret - words.length - 1, to: caret }
  }
  return null
}

/** The text with what was found in place of what was looked up, and where the caret then stands. */
export function filledIn(text: string, at: LookUp, found: string): { text: string; caret: number } {
  return { text: text.slice(0, at.from) + found + text.slice(at.to), caret: at.from + found.length }
}

/** Shortcuts that begin so first, then whatever has the words in its name or its text. */
export function cannedFor(replies: readonly Canned[], words: string): Canned[] {
  const sought = words.toLowerCase()
  const rank = (one: Canned): number => {
    if (one.shortcut.toLowerCase().startsWith(sought)) return 0
    if (one.title.toLowerCase().includes(sought)) return 1
    return one.text.toLowerCase().includes(sought) ? 2 : 3
  }
  return replies
    .map((one) => ({ one, rank: rank(one) }))
    .filter(({ rank }) => rank < 3)
    .sort((a, b) => a.rank - b.rank || (a.one.shortcut < b.one.shortcut ? -1 : 1))
    .slice(0, SHOWN)
    .map(({ one }) => one)
}

export interface Colleague {
  username: string
  name: string
}

export function colleaguesFor<One extends Colleague>(people: readonly One[], words: string): One[] {
  const sought = words.toLowerCase()
  return people
    .filter((one) => one.username.toLowerCase().startsWith(sought) || one.name.toLowerCase().includes(sought))
    .slice(0, SHOWN)
}

/** Who a note speaks to: everybody whose name stands after an `@`, the longest name that does. */
export function mentioned(text: string, people: readonly Colleague[]): string[] {
  const found = new Set<string>()
  for (const { index } of text.matchAll(/@/gu)) {
    const called = people
      .flatMap((one) => [one.name, one.username].map((name) => ({ name, username: one.username })))
      .filter(({ name }) => name && text.startsWith(name, index + 1))
      .sort((a, b) => b.name.length - a.name.length)[0]
    if (called) found.add(called.username)
  }
  return [...found]
}

/** How many messages WeChat makes of it. */
export function wechatMessages(text: string): number {
  const bytes = new TextEncoder().encode(text).length
  return bytes === 0 ? 0 : Math.ceil(bytes / WECHAT_BYTES)
}
