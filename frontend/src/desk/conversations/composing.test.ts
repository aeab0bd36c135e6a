import { describe, expect, it } from 'vitest'
import { cannedFor, filledIn, lookUp, mentioned, wechatMessages } from './composing'

const canned = (shortcut: string, title: string, text = '') => ({ id: shortcut, shortcut, title, text })
const REPLIES = [canned('wait', '请稍等', '请稍等，正在为您查询。'), canned('hello', '问候', '您好'), canned('bye', '结束语', '祝您 wait')]
const PEOPLE = [
  { username: 'lin', name: '林小雨' },
  { username: 'lin2', name: '林小' },
]

describe('composing', () => {
  it.each([
    ['/', ''],
    ['/wai', 'wai'],
    ['您好 /等', '等'],
    ['您好，/等', '等'],
  ])('looks up a canned reply in %s', (text, words) => {
    expect(lookUp(text, text.length, ['/'])?.words).toBe(words)
  })

  it.each(['1/2', 'https://a', '/wait ', '没有'])('looks up nothing in %s', (text) => {
    expect(lookUp(text, text.length, ['/'])).toBeNull()
  })

  it('looks up colleagues at the caret, and leaves the rest as it is', () => {
    const text = '请@林看看'
    const found = lookUp(text, 3, ['@'])
    expect(found).toEqual({ sign: '@', words: '林', from: 1, to: 3 })
    expect(found && filledIn(text, found, '@林小雨 ')).toEqual({ text: '请@林小雨 看看', caret: 6 })
    expect(lookUp('a@b', 3, ['@'])).toBeNull()
    expect(lookUp('@林', 2, ['/'])).toBeNull()
  })

  it('ranks by shortcut, then name, then text', () => {
    expect(cannedFor(REPLIES, 'wait').map((one) => one.shortcut)).toEqual(['wait', 'bye'])
    expect(cannedFor(REPLIES, '').map((one) => one.shortcut)).toEqual(['bye', 'hello', 'wait'])
    expect(cannedFor(REPLIES, '没有')).toEqual([])
  })

  it('knows who is spoken to', () => {
    expect(mentioned('@林小雨 看一下', PEOPLE)).toEqual(['lin'])
    expect(mentioned('@林小 @lin', PEOPLE)).toEqual(['lin2', 'lin'])
    expect(mentioned('林小雨', PEOPLE)).toEqual([])
  })

  it('counts the messages WeChat makes of a text', () => {
    expect(['', '好', '好'.repeat(682), '好'.repeat(683)].map(wechatMessages)).toEqual([0, 1, 1, 2])
  })
})
