/**
 * A short sound and, when the page is not in front, a notification. On in every browser until somebody turns them off
 * there; the browser gives sound from the first press of a key or button on, and notifications to who allows them.
 */
import { ref } from 'vue'
import { router } from '../router'
import { inBrowser } from '@/api/keeping'

const ALERTS = 'yixian.desk.alerts'
const INVITED = 'yixian.desk.invited'
const PRESSES = ['keydown', 'mousedown', 'pointerup', 'click'] as const
const NOTES = [660, 880] // Hz
const NOTE_S = 0.12
const LOUDNESS = 0.12
const LOUD = 0.3
const LOUD_TIMES = 3

export const alerting = ref(inBrowser.get(ALERTS) !== '0')
/** Nobody has decided yet, in this browser, whether it may show notifications. */
export const inviting = ref('Notification' in window && Notification.permission === 'default' && inBrowser.get(INVITED) === null)

let audio: AudioContext | null = null
/** There was something to be heard before the browser allowed it. */
let owed = false

/** Once for the page. */
export function listen(): void {
  for (const press of PRESSES) window.addEventListener(press, wake, { capture: true, passive: true })
  wake()
}

function wake(): void {
  // older browsers do not tell, and only make sound later
  const pressed = (navigator as { userActivation?: UserActivation }).userActivation?.hasBeenActive
  if (pressed === false) return
  for (const press of PRESSES) window.removeEventListener(press, wake, { capture: true })
  try {
    audio ??= new AudioContext()
  } catch {
    return
  }
  if (owed && alerting.value) sound()
  owed = false
}

/** By a press of a button. Whether both are allowed. */
export async function setAlerting(on: boolean): Promise<boolean> {
  alerting.value = on
  inBrowser.set(ALERTS, on ? '1' : '0')
  if (!on) return true
  wake()
  sound()
  inviting.value = false
  if (!('Notification' in window)) return false
  return (await Notification.requestPermission()) === 'granted'
}

/** Asked no more in this browser. */
export function declineNotifications(): void {
  inviting.value = false
  inBrowser.set(INVITED, '1')
}

/** loud: three times, and louder. */
export function sound(loud = false): void {
  if (!alerting.value) return
  if (!audio) {
    owed = true
    return
  }
  if (audio.state !== 'running') void audio.resume()
  const { currentTime, destination } = audio
  const notes = loud ? Array.from({ length: LOUD_TIMES }, () => NOTES).flat() : NOTES
  notes.forEach((pitch, place) => {
    if (!audio) return
    const tone = new OscillatorNode(audio, { frequency: pitch })
    const loudness = new GainNode(audio, { gain: 0 })
    const start = currentTime + place * NOTE_S
    loudness.gain.setTargetAtTime(loud ? LOUD : LOUDNESS, start, 0.01)
    loudness.gain.setTargetAtTime(0, start + NOTE_S, 0.03)
    tone.connect(loudness).connect(destination)
    tone.start(start)
    tone.stop(start + 3 * NOTE_S)
  })
}

/** A notification, unless the page is in front. path: of the page that shows what it is about. */
export function show(title: string, body: string, path: string): void {
  if (!alerting.value || document.hasFocus() || !('Notification' in window) || Notification.permission !== 'granted') return
  try {
    const shown = new Notification(title, { body, tag: path })
    shown.onclick = () => {
      window.focus()
      shown.close()
      void router.push(path)
    }
  } catch {
    // Phones know the name and refuse to make one.
  }
}

/** Both. */
export function notify(title: string, body: string, path: string): void {
  sound()
  show(title, body, path)
}
