/**
 * The desk's API over HTTP: every call bounded in time, every failure a `DeskError`. The session is a cookie no script
 * reads; what changes something also shows the token that `allow` was given.
 */
import { ref } from 'vue'
import { language } from './preferences'

/**
 * Why a call failed.
 * - `unreachable`: no answer, or none worth the name; worth trying again
 * - `session`: nobody is signed in any more
 * - `refused`: the gateway said no, and why
 */
export type DeskFailure = 'unreachable' | 'session' | 'refused'

export class DeskError extends Error {
  constructor(
    readonly kind: DeskFailure,
    /** The HTTP status; 0 when nothing came back. */
    readonly status: number,
    /** The gateway's code, or the HTTP status as text. */
    readonly code: string,
    /** As the gateway said it, in the language of whoever asked; empty when it said nothing. */
    message: string,
    readonly details: Readonly<Record<string, unknown>> = {},
    /** Seconds; null when the gateway named none. */
    readonly retryAfter: number | null = null,
  ) {
    super(message)
    this.name = 'DeskError'
  }
}

export type Query = Readonly<Record<string, string | number | boolean | null | undefined | readonly string[]>>

/** Whether the last call reached the gateway. */
export const reachable = ref(true)

const CALL_MS = 15_000
const UPLOAD_MS = 120_000
const BASE = '/api/v1/desk'

let csrf = ''
let onSignedOut: () => void = () => undefined

/** Show this token with everything but reading. */
export function allow(token: string): void {
  csrf = token
}

/** What to do when a call finds that nobody is signed in any more. */
export function whenSignedOut(act: () => void): void {
  onSignedOut = act
}

function failure(status: number, body: unknown, retryAfter: string | null): DeskError {
  const error = (body as { error?: { code?: unknown; message?: unknown; details?: unknown } } | null)?.error
  const code = typeof error?.code === 'string' ? error.code : String(status)
  const message = typeof error?.message === 'string' ? error.message : ''
  const details = typeof error?.details === 'object' && error.details ? (error.details as Record<string, unknown>) : {}
  const seconds = Number(retryAfter ?? NaN)
  const wait = Number.isFinite(seconds) && seconds >= 0 ? seconds : null
  const kind = status === 401 && code === 'unauthorized' ? 'session' : status >= 500 ? 'unreachable' : 'refused'
  return new DeskError(kind, status, code, message, details, wait)
}

function written(query: Query): string {
  const parameters = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) {
    if (Array.isArray(value)) for (const one of value as readonly string[]) parameters.append(name, one)
    else if (value !== null && value !== undefined && value !== '') parameters.append(name, String(value))
  }
  const text = parameters.toString()
  return text && `?${text}`
}

async function call(method: string, path: string, body: object | null, signal?: AbortSignal): Promise<Response> {
  const headers: Record<string, string> = { 'Accept-Language': language.value === 'zh' ? 'zh-CN' : 'en' }
  if (method !== 'GET') headers['X-CSRF-Token'] = csrf
  const isForm = body instanceof FormData
  if (body && !isForm) headers['Content-Type'] = 'application/json'
  const abort = new AbortController()
  const timer = setTimeout(() => abort.abort(), isForm ? UPLOAD_MS : CALL_MS)
  const follow = () => abort.abort()
  signal?.addEventListener('abort', follow)
  let response: Response
  try {
    response = await fetch(BASE + path, {
      method,
      headers,
      body: isForm ? body : body && JSON.stringify(body),
      signal: abort.signal,
      credentials: 'same-origin',
      cache: 'no-store',
    })
  } catch (error) {
    // who gave up asking does not want to know
    if (signal?.aborted) throw error
    reachable.value = false
    throw new DeskError('unreachable', 0, 'no_answer', '')
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', follow)
  }
  reachable.value = response.status < 500
  if (response.ok) return response
  const answer: unknown = await response.json().catch(() => null)
  const error = failure(response.status, answer, response.headers.get('Retry-After'))
  if (error.kind === 'session' && path !== '/session') onSignedOut()
  throw error
}

async function json<Answer>(method: string, path: string, body: object | null, signal?: AbortSignal): Promise<Answer> {
  const response = await call(method, path, body, signal)
  if (response.status === 204) return undefined as Answer
  try {
    return (await response.json()) as Answer
  } catch {
    throw new DeskError('unreachable', response.status, 'bad_answer', '')
  }
}

/** A segment of a path that came from somewhere else. */
export const segment = encodeURIComponent

export const api = {
  get: <Answer>(path: string, query: Query = {}, signal?: AbortSignal) =>
    json<Answer>('GET', path + written(query), null, signal),
  post: <Answer = unknown>(path: string, body: object = {}) => json<Answer>('POST', path, body),
  upload: <Answer>(path: string, query: Query, file: File) => {
    const form = new FormData()
    form.append('file', file, file.name)
    return json<Answer>('POST', path + written(query), form)
  },
  patch: <Answer>(path: string, body: object) => json<Answer>('PATCH', path, body),
  put: <Answer>(path: string, body: object) => json<Answer>('PUT', path, body),
  delete: (path: string) => json<undefined>('DELETE', path, null),
}

/** The address of something the browser saves by itself. */
export function address(path: string, query: Query = {}): string {
  return BASE + path + written(query)
}

/** Whether the gateway can be reached, asked of it once. */
export async function knock(): Promise<boolean> {
  try {
    const response = await fetch('/readyz', { cache: 'no-store', signal: AbortSignal.timeout(5_000) })
    reachable.value = response.ok
  } catch {
    reachable.value = false
  }
  return reachable.value
}
