/** Tickets that change while a page shows them. The desk's line tells which; what they are now is asked anew. */
import { onScopeDispose } from 'vue'

const TOGETHER_MS = 1_000
type Hear = (number: string, events: number) => void

const hearers = new Set<Hear>()
const missed = new Set<() => void>()

/** The gateway says that this one changed: so many events its log has now. */
export function heard(number: string, events: number): void {
  for (const hear of hearers) hear(number, events)
}

/** The line is back: what changed meanwhile was not told. */
export function resumed(): void {
  for (const look of missed) look()
}

interface Told {
  isMeant?: (number: string, events: number) => boolean
  onResumed?: () => void
  /** Of how many milliseconds changes are taken together. */
  within?: number
}

/** Acts soon after one of them changed, once for what changes together, and as soon as the line is back. */
export function useChanged(
  act: () => void,
  { isMeant = () => true, onResumed = act, within = TOGETHER_MS }: Told = {},
): void {
  let timer: ReturnType<typeof setTimeout> | undefined

  function hear(number: string, events: number): void {
    if (!isMeant(number, events)) return
    timer ??= setTimeout(() => {
      timer = undefined
      act()
    }, within)
  }

  hearers.add(hear)
  missed.add(onResumed)
  onScopeDispose(() => {
    hearers.delete(hear)
    missed.delete(onResumed)
    clearTimeout(timer)
  })
}
