/** Accounts, as the API shows them to administrators. */
import { api, segment } from '../api'
import type { Batch } from '../loading'
import type { Role } from '../session'

export const ROLES: readonly Role[] = [
  'agent',
  'shift_leader',
  'unit_clerk',
  'unit_head',
  'knowledge_editor',
  'supervisor',
  'administrator',
]
const OF_UNITS: readonly Role[] = ['unit_clerk', 'unit_head']

export interface Account {
  username: string
  name: string
  roles: Role[]
  unit: string | null
  disabled: boolean
  must_change_password: boolean
  one_time_codes: boolean
  created_at: string
  signed_in_at: string | null
  waits_until: string | null
}

export interface Given {
  account: Account
  password: string
}

export interface OpenSession {
  id: string
  began: string
  seen: string
  address: string
  agent: string
  current: boolean
}

/** What the list is narrowed to; what is empty narrows nothing. q: part of a name or a user name. */
export interface Wanted {
  q: string
  role: string
  unit: string
}

export async function people(wanted: Wanted, after: string, signal?: AbortSignal): Promise<Batch<Account>> {
  const page = await api.get<{ people: Account[]; next: string | null }>('/people', { ...wanted, after, limit: 100 }, signal)
  return { rows: page.people, next: page.next }
}

export const personPath = (username: string) => `/people/${segment(username)}`

/** Whether somebody with these roles belongs to a unit. */
export function ofUnit(roles: readonly Role[]): boolean {
  return roles.some((role) => OF_UNITS.includes(role))
}
