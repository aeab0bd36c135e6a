/** How long things may take, as the API has it and as a form writes it. Pure. */
import type { Kind } from '../tickets/model'

export const KINDS: readonly Kind[] = ['consultation', 'help', 'complaint', 'report', 'suggestion', 'praise']
export const SPANS = [
  'complex',
  'urgent',
  'sign',
  'return_within',
  'contact',
  'joint',
  'red_after',
  'supervision',
  'callback',
  'again_after',
  'archive_after',
] as const
export const NUMBERS = ['most_extension', 'remind_at', 'yellows', 'attempts'] as const

export type SpanName = (typeof SPANS)[number] | `finish.${Kind}`
export type NumberName = (typeof NUMBERS)[number]
export type LimitName = SpanName | NumberName

export type LimitTable = Record<(typeof SPANS)[number], string> & Record<NumberName, number> & { finish: Record<Kind, string> }

export interface LimitsInForce {
  limits: LimitTable
  configured: LimitTable
  own: boolean
  version: number
  set_by: string | null
  set_at: string | null
}

/** In the order of the page. */
export const GROUPS: readonly { name: 'finish' | 'unit' | 'cards' | 'citizen'; limits: readonly LimitName[] }[] = [
  { name: 'finish', limits: [...KINDS.map((kind) => `finish.${kind}` as const), 'complex', 'urgent'] },
  { name: 'unit', limits: ['sign', 'return_within', 'contact', 'joint', 'most_extension', 'remind_at'] },
  { name: 'cards', limits: ['red_after', 'yellows', 'supervision'] },
  { name: 'citizen', limits: ['callback', 'again_after', 'attempts', 'archive_after'] },
]
export const NAMES: readonly LimitName[] = GROUPS.flatMap((group) => group.limits)

/** Each limit as it is written in the form: `5wd`, `3`; the share of a limit in per cent. */
export type Written = Record<LimitName, string>

export function isNumber(name: LimitName): name is NumberName {
  return (NUMBERS as readonly string[]).includes(name)
}

export function written(table: LimitTable): Written {
  const spans = SPANS.map((name) => [name, table[name]])
  const kinds = KINDS.map((kind) => [`finish.${kind}`, table.finish[kind]])
  const numbers = NUMBERS.map((name) => [name, String(name === 'remind_at' ? percent(table[name]) : table[name])])
  return Object.fromEntries([...kinds, ...spans, ...numbers]) as Written
}

/** What a form that was filled in says; what is no number is none for the API either. */
export function table(given: Written): LimitTable {
  const number = (name: NumberName) => (given[name].trim() ? Number(given[name]) : NaN)
  return {
    ...(Object.fromEntries(SPANS.map((name) => [name, given[name]])) as Record<(typeof SPANS)[number], string>),
    finish: Object.fromEntries(KINDS.map((kind) => [kind, given[`finish.${kind}`]])) as Record<Kind, string>,
    most_extension: number('most_extension'),
    remind_at: number('remind_at') / 100,
    yellows: number('yellows'),
    attempts: number('attempts'),
  }
}

/** 5wd: 5 and wd. */
export function parts(span: string): { amount: string; unit: string } {
  const found = /^(.*?)([a-z]*)$/.exec(span)
  return { amount: found?.[1] ?? '', unit: found?.[2] ?? '' }
}

export function changed(before: Written, after: Written): LimitName[] {
  return NAMES.filter((name) => before[name] !== after[name])
}

/** What somebody wrote over an older table, over a newer one: what they left as it was is as it is now. */
export function rebased(mine: Written, before: Written, now: Written): Written {
  const wrote = changed(before, mine).map((name) => [name, mine[name]])
  return { ...now, ...(Object.fromEntries(wrote) as Partial<Written>) }
}

function percent(share: number): number {
  return Math.round(share * 1e6) / 1e4
}
