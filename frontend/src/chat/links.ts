/** Finds what can be followed in a plain text: web addresses, telephone numbers, tickets. Pure; makes no markup. */

export type Run = { kind: 'text'; text: string } | { kind: 'link'; text: string; href: string }

// A web address ends before white space, Chinese punctuation and Chinese characters.
const ADDRESS = /https?:\/\/[^\s<>"'`\u3000-\u303f\uff00-\uffef\u4e00-\u9fff]+/giu
const TRAILING = /[.,;:!?)\]}'"]+$/u

// Emergency numbers, public service short numbers, 400/800 lines, land lines with area code, mobiles.
const TELEPHONE =
  /1(?:10|19|20|22)|12\d{3}|9[56]\d{3}|[48]00-?\d{3}-?\d{4}|0\d{2,3}-\d{7,8}|1[3-9]\d{9}/gu
// A number followed by one of these counts something; it is nobody's telephone.
const COUNTED =
  /^\s?(?:[元块万亿千百天日月年岁个件份次名户位条项页米分秒克斤吨度级届号楼层栋室%％‰㎡℃.:\-\d]|人(?!工)|周岁?|公[里斤顷分]|平[方米]|小?时)/u

function addressRun(found: string): Run | null {
  const shown = found.replace(TRAILING, '')
  try {
    const url = new URL(shown)
    if (url.protocol !== 'http:' && url.protocol !== 'https:') return null
    return { kind: 'link', text: shown, href: url.href }
  } catch {
    return null
  }
}

function splitTelephones(text: string): Run[] {
  const runs: Run[] = []
  let from = 0
  for (const match of text.matchAll(TELEPHONE)) {
    const number = match[0]
    const at = match.index
    const before = text[at - 1] ?? ''
    const after = text.slice(at + number.length)
    if (/[\d.\-\w¥￥第]/u.test(before) && !/[\u4e00-\u9fff]/u.test(before)) continue
    if (before === '第' || COUNTED.test(after) || /^\w/u.test(after)) continue
    if (at > from) runs.push({ kind: 'text', text: text.slice(from, at) })
    runs.push({ kind: 'link', text: number, href: `tel:${number.replaceAll('-', '')}` })
    from = at + number.length
  }
  if (from < text.length) runs.push({ kind: 'text', text: text.slice(from) })
  return runs
}

/** A run of its own for each number of a ticket, which leads to its progress; the rest is searched for telephones. */
function splitTickets(text: string): Run[] {
  const runs: Run[] = []
  let from = 0
  for (const match of text.matchAll(/DG\d{15}(?!\d)/gu)) {
    if (/\w/u.test(text[match.index - 1] ?? '')) continue
    runs.push(...splitTelephones(text.slice(from, match.index)))
    runs.push({ kind: 'link', text: match[0], href: `/tickets#look/${match[0]}` })
    from = match.index + match[0].length
  }
  return [...runs, ...splitTelephones(text.slice(from))]
}

/** The text cut into plain runs and links. Joined again, the runs give the text back unchanged. */
export function findLinks(text: string): Run[] {
  const runs: Run[] = []
  let from = 0
  for (const match of text.matchAll(ADDRESS)) {
    const run = addressRun(match[0])
    if (!run) continue
    runs.push(...splitTickets(text.slice(from, match.index)), run)
    from = match.index + run.text.length
  }
  runs.push(...splitTickets(text.slice(from)))
  return runs
}

/** The address if it is a web address, else null. */
export function webAddress(address: string): string | null {
  return addressRun(address)?.kind === 'link' && /^https?:/iu.test(address) ? new URL(address).href : null
}
