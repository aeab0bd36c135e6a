/** What a citizen is telling and has not sent yet: one draft for each browser, kept in its storage. */
import { KINDS } from '@/api/tickets'
import type { Kind, TicketRequest } from '@/api/tickets'
import { newClientId } from '@/chat/outbox'
import type { StepName } from './route'

/** A picture or PDF. Its bytes lie in `Files` under `id`; `blobId` is empty until it is uploaded. */
export interface Picture {
  id: string
  name: string
  contentType: string
  blobId: string
}

export interface Draft {
  /** The ticket's identity: whatever is sent under it becomes one ticket. */
  clientId: string
  kind: Kind | ''
  matter: string
  pictures: Picture[]
  place: string
  position: { latitude: number; longitude: number } | null
  happened: string
  name: string
  phone: string
  confidential: boolean
  /** All questions were seen: what is changed now is changed from the summary. */
  seen: boolean
  /** It was being sent; nobody knows whether it arrived until it is sent again. */
  sending: boolean
}

export type Keep = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>

export const MOST_PICTURES = 9
export const MOST_CHARACTERS = 4_000
const LEAST_CHARACTERS = 6
/** A mobile, a landline with its area, one without (7 or 8 digits), a 400 or 800 number, one from abroad. */
const PHONE = /^(?:(?:(?:\+|00)?86)?1[3-9]\d{9}|(?:\+860?|0)[1-9]\d{1,2}[2-8]\d{6,7}|[2-9]\d{6,7}|[48]00\d{7}|(?:\+|00)(?!86)[1-9]\d{6,14})$/u
const DRAFT = 'yixian.ticket-draft'

/** Why a question is not answered well enough to go on. */
export type Problem = 'kind' | 'matterShort' | 'matterLong' | 'phone'

export function newDraft(): Draft {
  return {
    clientId: newClientId(),
    kind: '',
    matter: '',
    pictures: [],
    place: '',
    position: null,
    happened: '',
    name: '',
    phone: '',
    confidential: false,
    seen: false,
    sending: false,
  }
}

/** Half-width, without brackets and dots, as it is sent. */
export function plainPhone(phone: string): string {
  return phone.normalize('NFKC').replace(/[().·]/gu, '').trim()
}

function isPhone(phone: string): boolean {
  return PHONE.test(phone.replace(/[ -]/gu, ''))
}

export function problemOf(step: StepName, draft: Draft): Problem | null {
  if (step === 'kind' && !draft.kind) return 'kind'
  if (step === 'matter') {
    if (draft.matter.trim().length < LEAST_CHARACTERS) return 'matterShort'
    if (draft.matter.length > MOST_CHARACTERS) return 'matterLong'
  }
  if (step === 'person' && plainPhone(draft.phone) && !isPhone(plainPhone(draft.phone))) return 'phone'
  return null
}

/** The first question that is not answered well enough; null when the draft can be sent. */
export function firstProblem(draft: Draft): { step: StepName; problem: Problem } | null {
  for (const step of ['kind', 'matter', 'person'] as const) {
    const problem = problemOf(step, draft)
    if (problem) return { step, problem }
  }
  return null
}

/** The towns and parks whose names begin as the text does, unless it names one already. */
export function suggested(text: string, places: readonly string[]): string[] {
  const typed = text.trim()
  if (!typed || places.some((place) => typed.startsWith(place))) return []
  return places.filter((place) => place.startsWith(typed)).slice(0, 6)
}

export function requestOf(draft: Draft, attachments: string[]): TicketRequest {
  return {
    client_id: draft.clientId,
    kind: draft.kind || 'help',
    matter: draft.matter.trim(),
    happened: draft.happened.trim(),
    place: {
      label: draft.place.trim(),
      latitude: draft.position?.latitude ?? null,
      longitude: draft.position?.longitude ?? null,
    },
    name: draft.name.trim(),
    phone: plainPhone(draft.phone),
    confidential: draft.confidential,
    attachments,
  }
}

function isPicture(value: unknown): value is Picture {
  const picture = value as Partial<Picture> | null
  return typeof picture?.id === 'string' && typeof picture.name === 'string' && typeof picture.blobId === 'string'
}

/** The draft as it was left; null when there is none, or none that can be read. */
export function loadDraft(keep: Keep | null): Draft | null {
  try {
    const kept = JSON.parse(keep?.getItem(DRAFT) ?? 'null') as Partial<Draft> | null
    if (typeof kept?.clientId !== 'string') return null
    const blank = newDraft()
    const known = Object.entries(kept).filter(([name, value]) => typeof value === typeof blank[name as keyof Draft])
    const draft = { ...blank, ...(Object.fromEntries(known) as Partial<Draft>) }
    draft.kind = KINDS.find((kind) => kind === draft.kind) ?? ''
    draft.pictures = Array.isArray(draft.pictures) ? draft.pictures.filter(isPicture) : []
    const position = draft.position
    if (typeof position?.latitude !== 'number' || typeof position.longitude !== 'number') draft.position = null
    return draft
  } catch {
    return null
  }
}

/** Nothing is told in it yet. */
function isBlank(draft: Draft): boolean {
  return JSON.stringify({ ...draft, clientId: '' }) === JSON.stringify({ ...newDraft(), clientId: '' })
}

export function saveDraft(keep: Keep | null, draft: Draft): void {
  try {
    if (isBlank(draft)) keep?.removeItem(DRAFT)
    else keep?.setItem(DRAFT, JSON.stringify(draft))
  } catch {
    // Full or closed: the draft lasts as long as the page.
  }
}
