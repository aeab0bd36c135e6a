/** Whether Enter sends what is written, as this browser's person chose; Ctrl+Enter always does. */
import { ref } from 'vue'

const ENTER = 'yixian.desk.enter-sends'

function load(): boolean {
  try {
    return localStorage.getItem(ENTER) !== '0'
  } catch {
    return true
  }
}

export const enterSends = ref(load())

export function setEnterSends(on: boolean): void {
  enterSends.value = on
  try {
    localStorage.setItem(ENTER, on ? '1' : '0')
  } catch {
    // Storage is closed to us; the choice holds until the page is left.
  }
}
