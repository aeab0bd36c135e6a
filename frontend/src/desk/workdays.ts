/** The calendar of workdays and the present moment, for all that counts down on a page. */
import { ref, shallowRef } from 'vue'
import { api, DeskError } from './api'
import { isWeekday } from './time'

interface Year {
  year: number
  workdays: number | null
  days: { day: string; workday: boolean }[]
}

const TICK_MS = 15_000

let ahead = 0 // of the gateway's clock before this computer's

/** The present moment, milliseconds: by the gateway's clock, once it has told it. */
export function present(): number {
  return Date.now() + ahead
}

/** The same, as a page shows it; it moves on by itself. */
export const now = ref(present())

const special = shallowRef<ReadonlyMap<string, boolean>>(new Map())
const asked = new Set<number>()

function tick(): void {
  now.value = present()
}

setInterval(tick, TICK_MS)

/** The gateway has told what time it is. */
export function toldTime(at: number): void {
  ahead = at - Date.now()
  tick()
}

async function ask(year: number): Promise<void> {
  asked.add(year)
  try {
    const table = await api.get<Year>(`/calendar/${year}`)
    special.value = new Map([...special.value, ...table.days.map((one) => [one.day, one.workday] as const)])
  } catch (error) {
    // counted by weekdays until it is there
    if (error instanceof DeskError && error.kind === 'unreachable') asked.delete(year)
  }
}

/** As the calendar has it; a year that is not known yet is asked for. */
export function isWorkday(day: string): boolean {
  const year = Number(day.slice(0, 4))
  if (!asked.has(year)) void ask(year)
  return special.value.get(day) ?? isWeekday(day)
}

/** After the table was changed. */
export function forgetCalendar(): void {
  asked.clear()
  special.value = new Map()
}
