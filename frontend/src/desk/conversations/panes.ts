/** The widths of the panes at the sides, which stay as they were left in this browser. */
import { ref, watch } from 'vue'
import type { Ref } from 'vue'
import { inBrowser } from '@/api/keeping'

export interface Pane {
  width: Ref<number>
  least: number
  most: number
}

export function usePane(name: string, usual: number, least: number, most: number): Pane {
  const key = `yixian.desk.pane.${name}`
  const kept = Number(inBrowser.get(key))
  const width = ref(kept >= least && kept <= most ? kept : usual)
  watch(width, (now) => inBrowser.set(key, String(now)))
  return { width, least, most }
}
