/** What the page in front lets one do, for the command bar. */
import { onScopeDispose, shallowReactive } from 'vue'

export interface Act {
  /** Read when it is shown; empty while it cannot be done. */
  label: () => string
  act: () => void
}

export const acts = shallowReactive<Act[]>([])

/** Offer these for as long as the page is there. */
export function useCommands(offered: readonly Act[]): void {
  acts.push(...offered)
  onScopeDispose(() => offered.forEach((one) => acts.splice(acts.indexOf(one), 1)))
}
