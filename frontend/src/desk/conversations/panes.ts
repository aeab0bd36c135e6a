/** The widths of the panes at the sides, which stay as they were left in this browser. */
import { ref, watch } from 'vue'
import type { Ref } from 'vue'

export interface Pane {
  width: Ref<number>
  least: number
  most: number
}

export function usePane(name: string, usual: number, least: number, most: number): Pane {
  const key = `yixian.desk.pane.${name}`
  const kept = Number(load(key))
  const width = ref(kept >= least && kept <= most ? kept : usual)
  watch(width, (now) => {
    try {
      localStorage.setItem(key, String(now))
    } catch {
      // Storage is closed to us; the width holds until the page is left.
    }
  })
  return { width, least, most }
}

function load(key: string): string | null {
  try {
    return localStorage.getItem(key)
  } catch {
    return null
  }
}
