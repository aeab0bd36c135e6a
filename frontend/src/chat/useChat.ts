/** The line, made for this browser: its storage, its sockets, its network and visibility events, as Vue state. */
import { onBeforeUnmount, onMounted, shallowRef } from 'vue'
import type { InjectionKey, ShallowRef } from 'vue'
import { Client } from '@/api/client'
import { browserStorage, tokenKeep } from '@/api/token'
import { Files } from './files'
import { isInView, onView } from './framing'
import { Line } from './line'
import type { LineState } from './line'
import { Outbox } from './outbox'
import { languageTag } from './preferences'

export interface Chat {
  line: Line
  state: ShallowRef<LineState>
}

export const chatKey: InjectionKey<Chat> = Symbol('chat')

function socketAddress(): string {
  const scheme = location.protocol === 'https:' ? 'wss' : 'ws'
  return `${scheme}://${location.host}/ws/chat`
}

export function useChat(): Chat {
  const keep = browserStorage()
  const line = new Line({
    client: new Client('', languageTag),
    outbox: new Outbox(keep),
    files: new Files(),
    token: tokenKeep(keep),
    openSocket: () => new WebSocket(socketAddress()),
    onChange: (changed) => {
      state.value = changed
    },
    isVisible: isInView,
  })
  const state = shallowRef<LineState>(line.state)

  const wake = () => line.wake()
  const offline = () => line.offline()
  const visible = () => {
    if (isInView()) line.wake()
  }
  onBeforeUnmount(onView(visible))
  onMounted(() => {
    line.start()
    window.addEventListener('online', wake)
    window.addEventListener('offline', offline)
    window.addEventListener('pageshow', visible)
  })
  onBeforeUnmount(() => {
    line.stop()
    window.removeEventListener('online', wake)
    window.removeEventListener('offline', offline)
    window.removeEventListener('pageshow', visible)
  })
  return { line, state }
}
