/** The simulator's phones over HTTP: one function a route, every call bounded in time, every failure a `PhoneError`. */
import { readEvents, readPhone } from './events'
import type { Phone, PhoneEvent, PhoneKind } from './events'

/**
 * Why a call failed.
 * - `away`: no answer, or none worth the name; worth trying again
 * - `gone`: the simulator knows no such phone (it was started anew)
 * - `refused`: it said no, and would again
 */
export type PhoneFailure = 'away' | 'gone' | 'refused'

export class PhoneError extends Error {
  constructor(readonly kind: PhoneFailure) {
    super(kind)
    this.name = 'PhoneError'
  }
}

/** What a person does with a phone. `data` is base64. */
export type Act =
  | { type: 'text'; text: string }
  | { type: 'image' }
  | { type: 'image'; data: string; content_type: string }
  | { type: 'voice'; recognition: string }
  | { type: 'location'; latitude: number; longitude: number; label: string }
  | { type: 'event'; event: 'subscribe' | 'unsubscribe' | 'CLICK'; key: string }

const CALL_MS = 12_000
/** Seconds the simulator keeps a question for news open. */
const WAIT = 25
const POLL_MS = 32_000

export interface PhoneApi {
  make: (kind: PhoneKind) => Promise<Phone>
  look: (id: string) => Promise<Phone>
  /** Do something on the phone; the number its event has. */
  act: (id: string, act: Act) => Promise<number>
  setReachable: (id: string, reachable: boolean) => Promise<void>
  /** Events above `after`, oldest first; waits for one when there is none and `wait` is set. */
  events: (id: string, after: number, wait: boolean, signal: AbortSignal) => Promise<PhoneEvent[]>
}

async function call(
  method: 'GET' | 'POST',
  path: string,
  body: object | null,
  timeout = CALL_MS,
  signal?: AbortSignal,
): Promise<unknown> {
  // A GET to our own origin names no origin; this header tells the gateway that it is this page which asks.
  const headers: Record<string, string> = { 'X-Requested-With': 'simulator' }
  if (body) headers['Content-Type'] = 'application/json'
  const abort = new AbortController()
  const timer = setTimeout(() => abort.abort(), timeout)
  const follow = () => abort.abort()
  signal?.addEventListener('abort', follow)
  try {
    const response = await fetch(`/simulator/phones${path}`, {
      method,
      headers,
      body: body && JSON.stringify(body),
      signal: abort.signal,
      cache: 'no-store',
    })
    if (response.ok) return await response.json()
    if (response.status === 404) throw new PhoneError('gone')
    throw new PhoneError(response.status >= 500 || response.status === 429 ? 'away' : 'refused')
  } catch (error) {
    throw error instanceof PhoneError ? error : new PhoneError('away')
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', follow)
  }
}

function phoneIn(body: unknown): Phone {
  const phone = readPhone(body)
  if (!phone) throw new PhoneError('away')
  return phone
}

export const phoneApi: PhoneApi = {
  make: async (kind) => phoneIn(await call('POST', '', { kind })),
  look: async (id) => phoneIn(await call('GET', `/${encodeURIComponent(id)}`, null)),
  act: async (id, act) => {
    const body = (await call('POST', `/${encodeURIComponent(id)}/messages`, act)) as { n?: unknown } | null
    return typeof body?.n === 'number' ? body.n : 0
  },
  setReachable: async (id, reachable) => {
    await call('POST', `/${encodeURIComponent(id)}/state`, { reachable })
  },
  events: async (id, after, wait, signal) => {
    const query = `after=${after}&wait=${wait ? WAIT : 0}`
    return readEvents(await call('GET', `/${encodeURIComponent(id)}/events?${query}`, null, POLL_MS, signal))
  },
}
