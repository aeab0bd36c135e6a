import { afterEach, expect, test } from 'vitest'
import { setLanguage } from './preferences'
import { reason, REASONS } from './reasons'

afterEach(() => setLanguage('zh'))

test('what is known is told in the reader’s language, its code behind it', () => {
  const given = { code: '30003', meaning: 'the phone is off or has no signal' }
  expect(reason(given)).toEqual({ words: '对方手机暂时无法接通', code: '30003' })
  setLanguage('en')
  expect(reason(given)).toEqual({ words: 'The phone is off or has no signal', code: '30003' })
})

test('what is not known is told in the platform’s own words, and its code once', () => {
  expect(reason({ code: '30999', meaning: 'Something new' })).toEqual({ words: 'Something new', code: '30999' })
  expect(reason({ code: '30999', meaning: 'Twilio 30999: new' })).toEqual({ words: 'Twilio 30999: new', code: '' })
  expect(reason({ code: '30999', meaning: '' })).toEqual({ words: '30999', code: '' })
  expect(reason({ code: 'constructor', meaning: 'odd' })).toEqual({ words: 'odd', code: 'constructor' })
})

test('what a person let go has that person’s words', () => {
  expect(reason({ code: 'dropped', meaning: '市民打电话来过了' })).toEqual({ words: '市民打电话来过了', code: '' })
})

test('every status of HTTP has words', () => {
  expect(reason({ code: '503', meaning: 'the platform answered 503' }).words).toBe('平台出了故障')
  expect(reason({ code: '404', meaning: '' }).words).toBe('平台拒绝了请求')
  expect(reason({ code: '429', meaning: '' }).words).toContain('请求太多')
  expect(reason({ code: '999', meaning: '' }).words).toBe('999')
})

test('each line is in both languages', () => {
  for (const [code, [zh, en]] of Object.entries(REASONS)) {
    expect(zh, code).toMatch(/[\u3400-\u9fff]/)
    expect(en, code).not.toMatch(/[\u3400-\u9fff]/)
    expect(en, code).toMatch(/^[A-Z]/)
  }
})
