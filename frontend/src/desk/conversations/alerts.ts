/** A short sound and, when the page is not in front, a notification: for who asked for them, in this browser. */
import { ref } from 'vue'
import { router } from '../router'

const ALERTS = 'yixian.desk.alerts'
const NOTES = [660, 880] // Hz
const NOTE_S = 0.12
const LOUDNESS = 0.12

function load(): boolean {
  try {
    return localStorage.getItem(ALERTS) === '1'
  } catch {
    return false
  }
}

export const alerting = ref(load())

let audio: AudioContext | null = null

/** By a press of a button: browsers give neither sound nor notifications without one. Whether both are allowed. */
export async function setAlerting(on: boolean): Promise<boolean> {
  alerting.value = on
  try {
    localStorage.setItem(ALERTS, on ? '1' : '0')
  } catch {
    // Storage is closed to us; the choice holds until the page is left.
  }
  if (!on) return true
  chime()
  if (!('Notification' in window)) return false
  return (await Notification.requestPermission()) === 'granted'
}

function chime(): void {
  try {
    audio ??= new AudioContext()
  } catch {
    return
  }
  const { currentTime, destination } = audio
  NOTES.forEach((pitch, place) => {
    if (!audio) return
    const tone = new OscillatorNode(audio, { frequency: pitch })
    const loudness = new GainNode(audio, { gain: 0 })
    const start = currentTime + place * NOTE_S
    loudness.gain.setTargetAtTime(LOUDNESS, start, 0.01)
    loudness.gain.setTargetAtTime(0, start + NOTE_S, 0.03)
    tone.connect(loudness).connect(destination)
    tone.start(start)
    tone.stop(start + 3 * NOTE_S)
  })
}

/** path: of the page that shows what it is about. */
export function notify(title: string, body: string, path: string): void {
  if (!alerting.value) return
  chime()
  if (document.hasFocus() || !('Notification' in window) || Notification.permission !== 'granted') return
  const shown = new Notification(title, { body, tag: path })
  shown.onclick = () => {
    window.focus()
    shown.close()
    void router.push(path)
  }
}
