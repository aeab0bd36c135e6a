/** What all views share: the gateway, the visitor's token, kept files, and the address as Vue state. */
import { onBeforeUnmount, onMounted, reactive, ref, toRaw, watch } from 'vue'
import type { InjectionKey, Ref } from 'vue'
import { TicketsClient } from '@/api/tickets'
import type { Filed } from '@/api/tickets'
import { browserStorage, tokenKeep } from '@/api/token'
import type { TokenKeep } from '@/api/token'
import { Files } from '@/chat/files'
import { languageTag } from '@/chat/preferences'
import { loadDraft, newDraft, saveDraft } from './draft'
import type { Draft, Picture } from './draft'
import { hashOf, readRoute } from './route'
import type { Route } from './route'
import { sendOnce } from './sending'
import type { SendingState } from './sending'

const FILED = 'yixian.filed'

export interface Tickets {
  client: TicketsClient
  token: TokenKeep
  files: Files
  route: Ref<Route>
  draft: Draft
  /** There was a draft when the page was opened. */
  resumed: boolean
  /** What was filed last and its number not yet put away. */
  filed: Ref<Filed | null>
  go: (route: Route) => void
  putAway: () => void
  startOver: () => void
  send: <T>(
    pictures: Picture[],
    onState: (state: SendingState) => void,
    call: (token: string, attachments: string[]) => Promise<T>,
  ) => Promise<T>
}

export const ticketsKey: InjectionKey<Tickets> = Symbol('tickets')

function loadFiled(): Filed | null {
  try {
    return JSON.parse(sessionStorage.getItem(FILED) ?? 'null') as Filed | null
  } catch {
    return null
  }
}

/** Resolves when the time is over or the network is back, whichever is first. */
function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      window.clearTimeout(timer)
      window.removeEventListener('online', done)
      resolve()
    }
    const timer = window.setTimeout(done, milliseconds)
    window.addEventListener('online', done)
  })
}

export function useTickets(): Tickets {
  const keep = browserStorage()
  const client = new TicketsClient('', languageTag)
  const token = tokenKeep(keep)
  const files = new Files()
  const kept = loadDraft(keep)
  const draft = reactive(kept ?? newDraft())
  const route = ref<Route>(readRoute(location.hash))
  const filed = ref<Filed | null>(loadFiled())

  watch(draft, () => saveDraft(keep, toRaw(draft)))

  const onHash = () => {
    route.value = readRoute(location.hash)
  }
  onMounted(() => window.addEventListener('hashchange', onHash))
  onBeforeUnmount(() => window.removeEventListener('hashchange', onHash))

  watch(filed, (now) => {
    try {
      // This tab alone: whoever uses the device next must not find the code.
      if (now) sessionStorage.setItem(FILED, JSON.stringify(now))
      else sessionStorage.removeItem(FILED)
    } catch {
      // Storage is closed to us; number and code stay on the page.
    }
  })

  function startOver(): void {
    for (const picture of draft.pictures) void files.drop(picture.id)
    Object.assign(draft, newDraft())
  }

  return {
    client,
    token,
    files,
    route,
    draft,
    resumed: kept !== null,
    filed,
    go: (to) => {
      location.hash = hashOf(to)
      onHash() // the event comes later, and nothing of the view before may be drawn until then
    },
    putAway: () => {
      filed.value = null
    },
    startOver,
    send: (pictures, onState, call) => sendOnce({ client, token, files, pause, onState }, pictures, call),
  }
}
