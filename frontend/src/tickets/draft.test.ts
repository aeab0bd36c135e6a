import { describe, expect, it } from 'vitest'
import { firstProblem, loadDraft, newDraft, problemOf, requestOf, saveDraft, suggested } from './draft'
import type { Draft, Keep } from './draft'

function memory(): Keep & { kept: Map<string, string> } {
  const kept = new Map<string, string>()
  return {
    kept,
    getItem: (key) => kept.get(key) ?? null,
    setItem: (key, value) => void kept.set(key, value),
    removeItem: (key) => void kept.delete(key),
  }
}

function told(changed: Partial<Draft> = {}): Draft {
  return { ...newDraft(), kind: 'complaint', matter: '楼下夜里施工太吵', ...changed }
}

describe('a draft', () => {
  it('is found as it was left', () => {
    const keep = memory()
    const draft = told({
      pictures: [{ id: 'p', name: 'a.png', contentType: 'image/png', blobId: 'b' }],
      position: { latitude: 23, longitude: 113.7 },
      confidential: true,
      sending: true,
    })
    saveDraft(keep, draft)
    expect(loadDraft(keep)).toEqual(draft)
  })

  it('is not kept while nothing is told', () => {
    const keep = memory()
    saveDraft(keep, told())
    saveDraft(keep, newDraft())
    expect(keep.kept.size).toBe(0)
    expect(loadDraft(keep)).toBeNull()
  })

  it.each(['', '[]', '{', '{"clientId":1}', 'null', '7'])('is none when %s was kept', (kept) => {
    expect(loadDraft({ ...memory(), getItem: () => kept })).toBeNull()
  })

  it('loses only what cannot be read', () => {
    const kept = JSON.stringify({ clientId: 'c', kind: 'x', matter: 5, pictures: [{ id: 1 }], position: {}, place: '南城' })
    const draft = loadDraft({ ...memory(), getItem: () => kept })
    expect(draft).toEqual({ ...newDraft(), clientId: 'c', place: '南城' })
  })

  it('lasts as long as the page where storage is closed', () => {
    const closed: Keep = {
      getItem: () => {
        throw new Error('closed')
      },
      setItem: () => {
        throw new Error('closed')
      },
      removeItem: () => {
        throw new Error('closed')
      },
    }
    expect(loadDraft(closed)).toBeNull()
    expect(() => saveDraft(closed, told())).not.toThrow()
  })
})

describe('what is missing', () => {
  it('is asked for in the order of the questions', () => {
    expect(firstProblem(newDraft())).toEqual({ step: 'kind', problem: 'kind' })
    expect(firstProblem(told({ matter: ' 太吵  ' }))).toEqual({ step: 'matter', problem: 'matterShort' })
    expect(firstProblem(told({ matter: '吵'.repeat(4001) }))).toEqual({ step: 'matter', problem: 'matterLong' })
    expect(firstProblem(told({ phone: '12' }))).toEqual({ step: 'person', problem: 'phone' })
    expect(firstProblem(told())).toBeNull()
  })

  it.each(['138001', '1380013800', '138001380001', '12800138000', '110', '+86', '不留'])('finds the phone "%s" wrong', (phone) => {
    expect(problemOf('person', told({ phone }))).toBe('phone')
  })

  it.each([
    '',
    '13800138000',
    '０７６９-22001234',
    '（0769）22001234',
    '+86 138 0013 8000',
    '138-0013-8000',
    '22001234',
    '4008001234',
    '+852 5123 4567',
  ])('finds nothing wrong with the phone "%s"', (phone) => {
    expect(problemOf('person', told({ phone }))).toBeNull()
  })
})

describe('suggested', () => {
  const places = ['东城', '东坑', '南城', '大朗', '大岭山']

  it.each([
    ['东', ['东城', '东坑']],
    ['大岭', ['大岭山']],
    ['南城', []],
    ['南城鸿福路', []],
    ['鸿福路', []],
    ['', []],
  ])('answers %s', (text, found) => {
    expect(suggested(text, places)).toEqual(found)
  })
})

describe('requestOf', () => {
  it('sends what was told, trimmed', () => {
    const draft = told({ place: ' 南城 ', phone: ' １３８００１３８０００ ', position: { latitude: 23, longitude: 113 } })
    expect(requestOf(draft, ['b1'])).toEqual({
      client_id: draft.clientId,
      kind: 'complaint',
      matter: '楼下夜里施工太吵',
      happened: '',
      place: { label: '南城', latitude: 23, longitude: 113 },
      name: '',
      phone: '13800138000',
      confidential: false,
      attachments: ['b1'],
    })
  })
})
