import { describe, expect, it } from 'vitest'
import { CallError } from '@/api/client'
import type { Picture } from './draft'
import { sendOnce } from './sending'
import type { Means, SendingState } from './sending'

interface Stage extends Means {
  states: SendingState[]
  uploads: string[]
  pauses: number[]
}

/** A gateway whose tokens are t1, t2, …; files it was given are named by token. */
function stage(kept: string | null = 't0', files: Record<string, Blob> = {}): Stage {
  let token = kept
  let sessions = 0
  const states: SendingState[] = []
  const uploads: string[] = []
  const pauses: number[] = []
  return {
    states,
    uploads,
    pauses,
    client: {
      session: async () => {
        sessions += 1
        return { token: `t${sessions}`, contact_id: '', conversation_id: '', seq: 0, read: { citizen: 0, staff: 0 } }
      },
      upload: async (of, _, name) => {
        uploads.push(`${of}:${name}`)
        return `${of}/${name}`
      },
    },
    token: { load: () => token, save: (value) => (token = value) },
    files: { get: async (id) => files[id] ?? null },
    pause: async (milliseconds) => void pauses.push(milliseconds),
    onState: (state) => states.push(state),
  }
}

function picture(name: string): Picture {
  return { id: name, name, contentType: 'image/png', blobId: '' }
}

const unreachable = () => new CallError('unreachable', 'no_answer', '')

describe('sendOnce', () => {
  it('uploads pictures once, though the call is made again', async () => {
    const means = stage('t0', { a: new Blob(['a']), b: new Blob(['b']) })
    const seen: string[][] = []
    const sent = await sendOnce(means, [picture('a'), picture('b')], async (_, attachments) => {
      seen.push(attachments)
      if (seen.length < 3) throw unreachable()
      return 'done'
    })
    expect(sent).toBe('done')
    expect(means.uploads).toEqual(['t0:a', 't0:b'])
    expect(seen).toEqual([['t0/a', 't0/b'], ['t0/a', 't0/b'], ['t0/a', 't0/b']])
    expect(means.states.filter((state) => state.kind === 'waiting')).toHaveLength(2)
  })

  it('begins a session where there is none', async () => {
    const means = stage(null)
    expect(await sendOnce(means, [], async (token) => token)).toBe('t1')
    expect(means.token.load()).toBe('t1')
  })

  it('brings pictures into a new session when the old one has ended', async () => {
    const means = stage('old', { a: new Blob(['a']) })
    const pictures = [picture('a')]
    const attachments = await sendOnce(means, pictures, async (token, ids) => {
      if (token === 'old') throw new CallError('session', 'session_invalid', '')
      return ids
    })
    expect(attachments).toEqual(['t1/a'])
    expect(means.uploads).toEqual(['old:a', 't1:a'])
  })

  it('gives up on a gateway that takes no session', async () => {
    const refused = sendOnce(stage(), [], async () => {
      throw new CallError('session', 'session_invalid', '')
    })
    await expect(refused).rejects.toMatchObject({ kind: 'session' })
  })

  it('waits as long as a busy gateway says, but not for an hour', async () => {
    const means = stage()
    let calls = 0
    await sendOnce(means, [], async () => {
      calls += 1
      if (calls === 1) throw new CallError('busy', 'too_many_requests', '', 7)
    })
    expect(means.pauses).toEqual([7_000])
    const refused = sendOnce(means, [], async () => {
      throw new CallError('busy', 'too_many_requests', '', 3_000)
    })
    await expect(refused).rejects.toMatchObject({ code: 'too_many_requests' })
  })

  it('tells at once what the gateway refuses, and a file that is gone', async () => {
    const refused = sendOnce(stage(), [], async () => {
      throw new CallError('refused', 'not_accepted', '')
    })
    await expect(refused).rejects.toMatchObject({ code: 'not_accepted' })
    await expect(sendOnce(stage(), [picture('a')], async () => 1)).rejects.toMatchObject({ code: 'file_gone' })
  })
})
