import { describe, expect, it } from 'vitest'
import { findLinks, webAddress } from './links'

function hrefs(text: string): string[] {
  return findLinks(text).flatMap((run) => (run.kind === 'link' ? [run.href] : []))
}

describe('findLinks', () => {
  it('leads from the number of a ticket to its progress', () => {
    expect(hrefs('您的编号DG202611260001237，查询码 123456。')).toEqual(['/tickets#look/DG202611260001237'])
    expect(hrefs('DG2026112600012377 ADG202611260001237')).toEqual([])
  })

  it.each([
    ['请拨12333咨询', ['tel:12333']],
    ['12329、12328', ['tel:12329', 'tel:12328']],
    ['紧急请拨 110 / 119 / 120', ['tel:110', 'tel:119', 'tel:120']],
    ['电话0769-22001234。', ['tel:076922001234']],
    ['拨400-888-1234或13800138000', ['tel:4008881234', 'tel:13800138000']],
    ['打12333人工服务，或上全国12315平台', ['tel:12333', 'tel:12315']],
    ['12329公积金热线、12345小程序', ['tel:12329', 'tel:12345']],
    ['12000人，120公里，120平方米，12000小时', []],
    ['人民路110号', []],
    ['每月12000元', []],
    ['罚款120元，满120平方米', []],
    ['2026年11月24日', []],
    ['编号20261124000123', []],
    ['第110条', []],
    ['1.12345', []],
    ['一共120天', []],
  ])('finds telephone numbers in %s', (text, expected) => {
    expect(hrefs(text)).toEqual(expected)
  })

  it.each([
    ['看https://www.gov.cn/a?b=1。然后', ['https://www.gov.cn/a?b=1']],
    ['(http://example.cn/x)', ['http://example.cn/x']],
    ['https://example.cn/，谢谢', ['https://example.cn/']],
    ['javascript:alert(1)', []],
    ['data:text/html,x', []],
    ['https://', []],
  ])('finds web addresses in %s', (text, expected) => {
    expect(hrefs(text)).toEqual(expected)
  })

  it('does not look for telephones inside an address', () => {
    expect(hrefs('https://example.cn/12345')).toEqual(['https://example.cn/12345'])
  })

  it.each(['', '<img src=x onerror=alert(1)>', '拨12345，看https://example.cn/。第110条\n\n120元'])(
    'gives back every character of %j',
    (text) => {
      expect(
        findLinks(text)
          .map((run) => run.text)
          .join(''),
      ).toBe(text)
    },
  )
})

describe('webAddress', () => {
  it('lets only web addresses through', () => {
    expect(webAddress('https://example.cn/a b')).toBe('https://example.cn/a%20b')
    expect(webAddress('javascript:alert(1)')).toBeNull()
    expect(webAddress('//example.cn')).toBeNull()
  })
})
