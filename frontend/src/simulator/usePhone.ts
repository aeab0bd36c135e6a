/** A phone for the page: its state as a ref, kept in this tab, followed while the page can be seen. */
import { onMounted, onUnmounted, shallowRef } from 'vue'
import type { ShallowRef } from 'vue'
import { phoneApi } from './api'
import type { PhoneKind } from './events'
import { PhoneLine, opening } from './line'
import type { LineState } from './line'
import { inTab } from '@/api/keeping'

export interface PhoneInUse {
  kind: PhoneKind
  line: PhoneLine
  state: ShallowRef<LineState>
  /** Pictures sent from this page, by the number of their event: an address to show them from. */
  pictures: ShallowRef<ReadonlyMap<number, string>>
}

export function usePhone(kind: PhoneKind): PhoneInUse {
  const state = shallowRef<LineState>(opening)
  const pictures = shallowRef<ReadonlyMap<number, string>>(new Map())
  const key = `yixian.simulator.${kind}`
  const line = new PhoneLine(kind, phoneApi, { get: () => inTab.get(key), set: (id) => inTab.set(key, id) }, (now) => {
    state.value = now
  })
  // A browser opens few connections to one place: a page nobody sees must not hold two of them.
  const follow = () => {
    if (document.visibilityState === 'visible') void line.start()
    else line.stop()
  }
  onMounted(() => {
    document.addEventListener('visibilitychange', follow)
    follow()
  })
  onUnmounted(() => {
    document.removeEventListener('visibilitychange', follow)
    line.stop()
    for (const address of pictures.value.values()) URL.revokeObjectURL(address)
  })
  return { kind, line, state, pictures }
}
