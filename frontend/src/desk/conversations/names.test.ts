import { afterEach, describe, expect, it } from 'vitest'
import { language } from '../preferences'
import type { Language } from '../preferences'
import { citizenName, gist, noteText } from './names'

const HAN = /[\u3000-\u9fff\uff01-\uff60]/

function inBoth(said: () => string): Record<Language, string> {
  const both = { zh: '', en: '' }
  for (const one of ['zh', 'en'] as const) {
    language.value = one
    both[one] = said()
  }
  return both
}

afterEach(() => {
  language.value = 'zh'
})

describe('a citizen', () => {
  it.each([
    ['web', '3F2A', '网页 3F2A', 'Web 3F2A'],
    ['sms', '138****5678', '短信 138****5678', 'SMS 138****5678'],
    ['wechat', '3F2A', '微信 3F2A', 'WeChat 3F2A'],
    ['app', '3F2A', '手机应用 3F2A', 'App 3F2A'],
    ['fax', '3F2A', 'fax 3F2A', 'fax 3F2A'],
  ])('on %s is named in the language of who reads', (channel, citizen, zh, en) => {
    expect(inBoth(() => citizenName({ channel, citizen }))).toEqual({ zh, en })
  })
})

describe('what was said last', () => {
  it.each([
    ['text', 'The lamp is dark', 'The lamp is dark', 'The lamp is dark'],
    ['choices', 'Which one?', 'Which one?', 'Which one?'],
    ['image', '', '［图片］', '[Picture]'],
    ['voice', '', '［语音］', '[Voice]'],
    ['voice', 'no light', '［语音］no light', '[Voice] no light'],
    ['location', 'Yuhua Road', '［位置］Yuhua Road', '[Place] Yuhua Road'],
    ['subscribe', '', '［关注］', '[Followed us]'],
    ['unheard_of', '', '', ''],
  ])('is told as %s “%s”', (kind, text, zh, en) => {
    expect(inBoth(() => gist({ kind, text }))).toEqual({ zh, en })
  })

  it.each(['image', 'voice', 'video', 'file', 'location', 'link', 'subscribe', 'scan', 'click', 'opt_out', 'opt_in'])('has words for %s in both languages', (kind) => {
    const { zh, en } = inBoth(() => gist({ kind, text: '' }))
    expect(zh).toMatch(/^［.+］$/)
    expect(en).toMatch(/^\[.+\]$/)
    expect(en).not.toMatch(HAN)
  })

  it('is read as it stands where it was kept without its kind', () => {
    expect(inBoth(() => gist({ kind: '', text: '［图片］' }))).toEqual({ zh: '［图片］', en: '［图片］' })
  })
})

describe('a note', () => {
  const about = { channel: 'wechat', citizen: '3F2A' }

  it.each(['merged', 'separated'] as const)('tells that two were %s', (act) => {
    const { zh, en } = inBoth(() => noteText({ act, about, text: '' }))
    expect(zh).toContain('“微信 3F2A”')
    expect(en).toContain('WeChat 3F2A')
    expect(en).not.toMatch(HAN)
  })

  it('that somebody wrote is read as it stands, also what the system once wrote', () => {
    const text = '把这个会话和「微信 3F2A」分开了。'
    expect(inBoth(() => noteText({ act: null, about: null, text }))).toEqual({ zh: text, en: text })
  })
})
