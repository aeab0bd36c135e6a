/**
 * The citizen API over HTTP: one function a route, every call bounded in time, every failure a `CallError`.
 */
import { readMessage, readMessages, readOwner, readSeen, readSession } from './protocol'
import type { Message, Owner, SentPart, Session } from './protocol'

/**
 * Why a call failed.
 * - `unreachable`: no answer, or none worth the name (offline, time-out, 5xx); worth trying again
 * - `busy`: too many calls; worth trying again after `retryAfter` seconds
 * - `session`: 401; the token is no longer good
 * - `refused`: the gateway said no, and would again
 */
export type FailureKind = 'unreachable' | 'busy' | 'session' | 'refused'

export class CallError extends Error {
  constructor(
    readonly kind: FailureKind,
    /** The gateway's code, or the HTTP status as text. */
    readonly code: string,
    message: string,
    /** Seconds; null when the gateway named none. */
    readonly retryAfter: number | null = null,
  ) {
    super(message)
  }
}

export interface Page {
  messages: Message[]
  more: boolean
  owner: Owner
  /** Number up to which a person of ours has read; 0 for nothing. */
  staffRead: number
}

export type Said = { client_id: string; text: string } | { client_id: string; parts: SentPart[] }

/** Code of a failure where the network gave nothing back at all. */
export const NO_ANSWER = 'no_answer'

const CALL_MS = 15_000
const UPLOAD_MS = 120_000

function failure(status: number, body: unknown, retryAfter: string | null): CallError {
  const error = (body as { error?: { code?: unknown; message?: unknown } } | null)?.error
  const code = typeof error?.code === 'string' ? error.code : String(status)
  const message = typeof error?.message === 'string' ? error.message : ''
  const seconds = retryAfter === null ? NaN : Number(retryAfter)
  const wait = Number.isFinite(seconds) && seconds >= 0 ? seconds : null
  if (status === 401) return new CallError('session', code, message)
  if (status === 429) return new CallError('busy', code, message, wait)
  if (status >= 500 || status === 408) return new CallError('unreachable', code, message, wait)
  return new CallError('refused', code, message)
}

export class Client {
  /** language: of what the gateway says, as a language tag. */
  constructor(
    private readonly origin: string = '',
    private readonly language: () => string = () => 'zh-CN',
  ) {}

  /** Start a conversation, or take up the one the token names. Throws `CallError('session')` for a bad token. */
  async session(token: string | null): Promise<Session> {
    const session = readSession(await this.json('POST', '/sessions', null, token ? { token } : {}))
    if (!session) throw new CallError('unreachable', 'bad_answer', '')
    return session
  }

  /** Messages with a number above `after`, oldest first. */
  async after(token: string, after: number, limit = 100): Promise<Page> {
    return this.page(token, `after=${after}&limit=${limit}`)
  }

  /** The last messages with a number below `before`, oldest first. */
  async before(token: string, before: number, limit = 30): Promise<Page> {
    return this.page(token, `before=${before}&limit=${limit}`)
  }

  /**
   * Say something. Repeating a `client_id` gives the message already stored. Null when it is stored but has no number
   * yet: it then comes by the stream.
   */
  async say(token: string, said: Said): Promise<Message | null> {
    return readMessage(await this.json('POST', '/messages', token, said))
  }

  async read(token: string, seq: number): Promise<void> {
    await this.json('POST', '/read', token, { seq })
  }

  /** Keep a file; its id, to be named in a message. */
  async upload(token: string, file: Blob, name: string): Promise<string> {
    const form = new FormData()
    form.append('file', file, name)
    const response = await this.call('POST', '/uploads', token, form, UPLOAD_MS)
    const body = (await response.json().catch(() => null)) as { media?: { blob_id?: unknown } } | null
    const id = body?.media?.blob_id
    if (typeof id !== 'string') throw new CallError('unreachable', 'bad_answer', '')
    return id
  }

  async blob(token: string, id: string): Promise<Blob> {
    const response = await this.call('GET', `/uploads/${encodeURIComponent(id)}`, token, null, UPLOAD_MS)
    return response.blob()
  }

  private async page(token: string, query: string): Promise<Page> {
    const body = (await this.json('GET', `/messages?${query}`, token, null)) as Record<string, unknown>
    return {
      messages: readMessages(body.messages).sort((a, b) => a.seq - b.seq),
      more: body.more === true,
      owner: readOwner(body.owner),
      staffRead: readSeen(body.read).staff,
    }
  }

  protected async json(method: string, path: string, token: string | null, body: object | null): Promise<unknown> {
    const response = await this.call(method, path, token, body === null ? null : JSON.stringify(body), CALL_MS)
    if (response.status === 204) return {}
    try {
      return await response.json()
    } catch {
      throw new CallError('unreachable', 'bad_answer', '')
    }
  }

  private async call(
    method: string,
    path: string,
    token: string | null,
    body: string | FormData | null,
    timeout: number,
  ): Promise<Response> {
    const headers: Record<string, string> = { 'Accept-Language': this.language() }
    if (token) headers.Authorization = `Bearer ${token}`
    if (typeof body === 'string') headers['Content-Type'] = 'application/json'
    const abort = new AbortController()
    const timer = setTimeout(() => abort.abort(), timeout)
    let response: Response
    try {
      response = await fetch(`${this.origin}/api/v1${path}`, {
        method,
        headers,
        body,
        signal: abort.signal,
        credentials: 'same-origin',
        cache: 'no-store',
      })
    } catch {
      throw new CallError('unreachable', NO_ANSWER, '')
    } finally {
      clearTimeout(timer)
    }
    if (response.ok) return response
    const answer: unknown = await response.json().catch(() => null)
    throw failure(response.status, answer, response.headers.get('Retry-After'))
  }
}
