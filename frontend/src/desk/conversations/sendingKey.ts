/** Whether Enter sends what is written, as this browser's person chose; Ctrl+Enter always does. */
import { ref } from 'vue'
import { inBrowser } from '@/api/keeping'

const ENTER = 'yixian.desk.enter-sends'

export const enterSends = ref(inBrowser.get(ENTER) !== '0')

export function setEnterSends(on: boolean): void {
  enterSends.value = on
  inBrowser.set(ENTER, on ? '1' : '0')
}
