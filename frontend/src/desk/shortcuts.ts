/** Keys that do something, wherever the focus is; silent while somebody writes, composes or has a dialog open. */
import { onScopeDispose, shallowReactive } from 'vue'
import { shortcuts } from './preferences'

export type Keys = Readonly<Record<string, () => void>>

/** After the first key of two, how long the second may take. */
const PAIR_MS = 1_200
const WRITES = 'input, textarea, select, [contenteditable]'

export interface Told {
  keys: readonly string[]
  /** Read when it is shown. */
  does: () => string
}

const layers: Keys[] = []

/** What the page in front adds to the sheet of shortcuts. */
export const told = shallowReactive<Told[]>([])
let begun = ''
let begunAt = 0

/**
 * Give keys a meaning for as long as the page is there: `?`, or two in a row as `g t`. The latest meaning of a key
 * counts.
 */
export function useKeys(keys: Keys): void {
  layers.push(keys)
  onScopeDispose(() => layers.splice(layers.indexOf(keys), 1))
}

/** Have the sheet say what keys do on this page. */
export function useSheet(lines: readonly Told[]): void {
  told.push(...lines)
  onScopeDispose(() => lines.forEach((line) => told.splice(told.indexOf(line), 1)))
}

function meaning(key: string): (() => void) | undefined {
  for (let place = layers.length - 1; place >= 0; place--) {
    const act = layers[place]?.[key]
    if (act) return act
  }
  return undefined
}

function begins(key: string): boolean {
  return layers.some((keys) => Object.keys(keys).some((one) => one.startsWith(`${key} `)))
}

function onKey(event: KeyboardEvent): void {
  // 229: the key went to an input method
  if (!shortcuts.value || event.defaultPrevented || event.isComposing || event.keyCode === 229) return
  if (event.ctrlKey || event.metaKey || event.altKey) return
  if (event.target instanceof Element && event.target.closest(WRITES)) return
  if (document.querySelector('[role=dialog], [role=menu], [role=listbox]')) return
  const pair = event.timeStamp - begunAt < PAIR_MS ? meaning(`${begun} ${event.key}`) : undefined
  const act = pair ?? meaning(event.key)
  begun = begins(event.key) ? event.key : ''
  begunAt = event.timeStamp
  if (!act) return
  event.preventDefault()
  begun = ''
  act()
}

export function listenToKeys(): void {
  document.addEventListener('keydown', onKey)
}
