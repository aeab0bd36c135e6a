/** Who is signed in at the desk, and what they may do. */
import { computed, ref, shallowRef, watch } from 'vue'
import { allow, api, DeskError, whenSignedOut } from './api'

export type Role =
  | 'agent'
  | 'shift_leader'
  | 'unit_clerk'
  | 'unit_head'
  | 'knowledge_editor'
  | 'supervisor'
  | 'administrator'

export interface Session {
  id: string
  username: string
  name: string
  roles: Role[]
  unit: string | null
  scopes: string[]
  must_change_password: boolean
  one_time_codes: boolean
  csrf_token: string
}

/**
 * - `asking`: not known yet
 * - `away`: the gateway does not say
 * - `out`: nobody is signed in
 * - `in`: `session` is
 * - `expired`: `session` was, and their page is kept for them
 */
export const standing = ref<'asking' | 'away' | 'out' | 'in' | 'expired'>('asking')
export const session = shallowRef<Session | null>(null)
export const scopes = computed(() => new Set(session.value?.scopes))

/** Somebody is signed in and may begin. */
export const working = computed(() => session.value !== null && !session.value.must_change_password)

/** Resolves as soon as somebody may begin. */
export function toWork(): Promise<void> {
  return new Promise((resolve) => {
    watch(working, (begun) => begun && resolve(), { immediate: true })
  })
}

/** Whether who is signed in has any of these scopes. */
export function may(...wanted: readonly string[]): boolean {
  return wanted.some((scope) => scopes.value.has(scope))
}

function begin(begun: Session): void {
  allow(begun.csrf_token)
  session.value = begun
  standing.value = 'in'
}

whenSignedOut(() => {
  standing.value = session.value ? 'expired' : 'out'
})

/** Read it anew, after something about the account has changed. Throws `DeskError`. */
export async function renew(): Promise<void> {
  begin(await api.get<Session>('/session'))
}

/** Something was refused: perhaps nobody is signed in any more, or they may do other things by now. */
export async function doubt(): Promise<void> {
  try {
    await renew()
  } catch (error) {
    if (error instanceof DeskError && error.kind === 'session') standing.value = 'expired'
  }
}

/** Find out who is signed in in this browser. */
export async function resume(): Promise<void> {
  try {
    await renew()
  } catch (error) {
    standing.value = error instanceof DeskError && error.kind === 'session' ? 'out' : 'away'
  }
}

/** Throws `DeskError`; its code `code_needed` asks for a one-time code as well. */
export async function signIn(username: string, password: string, code: string): Promise<void> {
  const before = session.value?.username
  const begun = await api.post<Session>('/session', { username, password, code })
  // what is on the page was shown to somebody else
  if (before !== undefined && before !== begun.username) location.assign('/desk')
  else begin(begun)
}

/** Throws `DeskError` when they may still be signed in. */
export async function signOut(): Promise<void> {
  try {
    await api.delete('/session')
  } catch (error) {
    if (!(error instanceof DeskError && error.kind === 'session')) throw error
  }
  // leaves nothing of theirs in the page's memory
  location.assign('/desk')
}

/** All other sessions of this person end. Throws `DeskError`. */
export async function changePassword(old: string, chosen: string): Promise<void> {
  begin(await api.post<Session>('/session/password', { old, new: chosen }))
}
