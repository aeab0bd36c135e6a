import { describe, expect, it } from 'vitest'
import { browserName } from './browsers'

const WEBKIT = 'AppleWebKit/537.36 (KHTML, like Gecko)'

describe('what somebody signed in with', () => {
  it('is told in two words', () => {
    expect(browserName(`Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${WEBKIT} Chrome/142.0.0.0 Safari/537.36`)).toBe('Chrome · Windows')
    expect(browserName(`Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${WEBKIT} Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0`)).toBe('Edge · Windows')
    expect(browserName(`Mozilla/5.0 (Linux; Android 16) ${WEBKIT} Chrome/142.0.0.0 Mobile Safari/537.36 MicroMessenger/8.0.60`)).toBe('WeChat · Android')
    expect(browserName('Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 Version/19.0 Mobile Safari/604.1')).toBe('Safari · iOS')
    expect(browserName('Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0')).toBe('Firefox · Linux')
  })

  it('is left as it is where it is no browser', () => {
    expect(browserName('Python-urllib/3.11')).toBe('Python-urllib/3.11')
    expect(browserName('')).toBe('')
  })
})
