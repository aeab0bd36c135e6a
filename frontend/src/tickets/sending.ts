/**
 * Sends what must arrive once over a line that may break: pictures first, then the words, again and again under the same
 * client id until the gateway has answered. Knows no Vue and no DOM.
 */
import { CallError } from '@/api/client'
import type { Client } from '@/api/client'
import type { TokenKeep } from '@/api/token'
import { backoff } from '@/chat/backoff'
import type { Files } from '@/chat/files'
import type { Picture } from './draft'

/** Longer than this nobody waits on a page. */
const LONGEST_WAIT_S = 60
const MOST_SESSIONS = 3

export type SendingState = { kind: 'words' } | { kind: 'picture'; place: number; of: number } | { kind: 'waiting' }

export interface Means {
  client: Pick<Client, 'session' | 'upload'>
  token: TokenKeep
  files: Pick<Files, 'get'>
  /** Resolves after so many milliseconds, or as soon as the network is back. */
  pause: (milliseconds: number) => Promise<void>
  onState: (state: SendingState) => void
}

/**
 * Upload what is not uploaded yet, which is noted in the pictures themselves, and make the call with their ids.
 * A broken line and a busy gateway are waited for. Throws `CallError` when the gateway refuses, `file_gone` when a
 * picture's bytes are no longer in the browser.
 */
export async function sendOnce<T>(
  means: Means,
  pictures: Picture[],
  call: (token: string, attachments: string[]) => Promise<T>,
): Promise<T> {
  let sessions = 0
  for (let tries = 1; ; tries += 1) {
    try {
      const token = await session(means)
      await upload(means, token, pictures)
      means.onState({ kind: 'words' })
      return await call(
        token,
        pictures.map((picture) => picture.blobId),
      )
    } catch (error) {
      if (!(error instanceof CallError)) throw error
      if (error.kind === 'session' && sessions < MOST_SESSIONS) {
        // The files belong to the conversation before, and have to be brought into the new one.
        sessions += 1
        means.token.save(null)
        for (const picture of pictures) picture.blobId = ''
        continue
      }
      if (error.kind === 'session' || error.kind === 'refused') throw error
      if ((error.retryAfter ?? 0) > LONGEST_WAIT_S) throw error
      means.onState({ kind: 'waiting' })
      await means.pause(error.retryAfter === null ? backoff(tries) : error.retryAfter * 1_000)
    }
  }
}

/** The visitor's token, of a new conversation where there was none. */
async function session(means: Means): Promise<string> {
  const kept = means.token.load()
  if (kept) return kept
  const { token } = await means.client.session(null)
  means.token.save(token)
  return token
}

async function upload(means: Means, token: string, pictures: Picture[]): Promise<void> {
  for (const [index, picture] of pictures.entries()) {
    if (picture.blobId) continue
    means.onState({ kind: 'picture', place: index + 1, of: pictures.length })
    const file = await means.files.get(picture.id)
    if (!file) throw new CallError('refused', 'file_gone', '')
    picture.blobId = await means.client.upload(token, file, picture.name)
  }
}
