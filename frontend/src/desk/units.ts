/** The responsible units, read once a page. */
import { computed, shallowRef, watch } from 'vue'
import { api, DeskError, reachable } from './api'

export interface Unit {
  id: string
  name: string
  short: string
  kind: 'department' | 'town' | 'park'
  parent: string | null
  aliases: string[]
  duties: string[]
  territory: string[]
  contacts: string[]
  sample: boolean
  active: boolean
}

interface UnitPage {
  units: Unit[]
  next: string | null
}

export const units = shallowRef<readonly Unit[]>([])
/** Why they could not be read. */
export const unread = shallowRef<DeskError | null>(null)
const byId = computed(() => new Map(units.value.map((unit) => [unit.id, unit])))

let reading: Promise<void> | null = null

async function readAll(): Promise<void> {
  const found: Unit[] = []
  for (let after: string | null = ''; after !== null; ) {
    const page: UnitPage = await api.get<UnitPage>('/units', { retired: true, limit: 200, after })
    found.push(...page.units)
    after = page.next
  }
  units.value = found
  unread.value = null
}

/** Read them, unless they are being read or here. */
export function readUnits(): void {
  reading ??= readAll().catch((error: unknown) => {
    reading = null
    if (!(error instanceof DeskError)) throw error
    unread.value = error
  })
}

watch(reachable, (is) => {
  if (is && unread.value) readUnits()
})

/** After one of them was changed. */
export function forgetUnits(): void {
  reading = null
  readUnits()
}

/** How it is called for short; its id while it is not known. */
export function unitName(id: string | null): string {
  return id === null ? '' : (byId.value.get(id)?.short ?? id)
}

/** It and those below it. */
export function below(id: string): string[] {
  const found = [id]
  for (const one of found) found.push(...units.value.filter((unit) => unit.parent === one).map((unit) => unit.id))
  return found
}

/** The units of somebody of this one; none for the hotline's own people. */
export function ownUnits(unit: string | null): string[] {
  return unit === null ? [] : below(unit)
}

/** Those in use whose names contain the text, the shortest names first. */
export function unitsNamed(text: string, from: readonly Unit[] = units.value): Unit[] {
  const wanted = text.trim().toLowerCase()
  return from
    .filter((unit) => unit.active && [unit.name, unit.short, unit.id, ...unit.aliases].some((name) => name.toLowerCase().includes(wanted)))
    .sort((one, other) => one.short.length - other.short.length)
}
