/** How long, until when, who it is and whose, what was said and done, in words. */
import { language } from '../preferences'
import { dayOf, moment } from '../time'
import type { Latest, Marked, Note, Owner } from './protocol'
import { words as w } from './words'
import { clock } from '@/tickets/times'

const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** 40秒, 12分钟, 3小时, 2天. */
export function span(ms: number): string {
  const en = language.value === 'en'
  const gone = Math.max(0, ms)
  if (gone < MINUTE) return `${Math.floor(gone / SECOND)}${en ? ' s' : '秒'}`
  if (gone < HOUR) return `${Math.floor(gone / MINUTE)}${en ? ' min' : '分钟'}`
  if (gone < DAY) return `${Math.floor(gone / HOUR)}${en ? ' h' : '小时'}`
  return `${Math.floor(gone / DAY)}${en ? ' d' : '天'}`
}

/** 15:30 today, else 11月24日 15:30. */
export function until(at: number, now: number): string {
  return dayOf(at) === dayOf(now) ? clock(at) : moment(at, now, language.value)
}

/** 今天, 昨天, 11月24日. */
export function dayName(at: number, now: number): string {
  if (dayOf(at) === dayOf(now)) return w.value.today
  if (dayOf(at) === dayOf(now - DAY)) return w.value.yesterday
  return moment(at, now, language.value).replace(/,? \d\d:\d\d$/u, '')
}

/** A skill as the desks write it; those that are known have a name. */
export function skillName(skill: string): string {
  return w.value.skills[skill] ?? skill
}

export function ownerName(owner: Owner, username: string): string {
  if (owner.kind === 'bot') return w.value.withBot
  if (owner.kind === 'queue') return w.value.inQueue
  return owner.id === username ? w.value.withYou : w.value.withPerson(owner.name ?? owner.id ?? '')
}

/** 网页 3F2A, 短信 138****5678. */
export function citizenName({ channel, citizen }: Marked): string {
  return `${w.value.channels[channel] ?? channel} ${citizen}`
}

/** What was said last, in a line: its words, and what it is where that is no text. */
export function gist({ kind, text }: Pick<Latest, 'kind' | 'text'>): string {
  const what = w.value.gists[kind]
  return what ? w.value.gist(what, text) : text
}

export function noteText({ act, about, text }: Pick<Note, 'act' | 'about' | 'text'>): string {
  return act && about ? w.value.noted[act](citizenName(about)) : text
}
