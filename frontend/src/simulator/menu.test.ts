import { describe, expect, it } from 'vitest'
import { nameOf, readMenu } from './menu'

describe('the menu', () => {
  it('has its buttons and what lies below them', () => {
    const menu = readMenu({
      button: [
        { name: '问一问', sub_button: [{ type: 'click', name: '我要咨询', key: 'ask' }] },
        { type: 'view', name: '网页', url: 'https://12345.example.cn/a' },
        { type: 'scancode_push', name: '扫一扫', key: 'scan' },
      ],
    })
    expect(menu.map((button) => [button.name, button.action, button.items.length])).toEqual([
      ['问一问', null, 1],
      ['网页', { kind: 'view', href: 'https://12345.example.cn/a' }, 0],
      ['扫一扫', null, 0],
    ])
    expect(menu[0]?.items[0]?.action).toEqual({ kind: 'click', key: 'ask' })
  })

  it('tells what is written on the item with a key, above and below', () => {
    const menu = readMenu({
      button: [
        { name: '问一问', sub_button: [{ type: 'click', name: '我要咨询', key: 'ask' }] },
        { type: 'click', name: '帮助', key: 'help' },
        { type: 'view', name: '网页', url: 'https://12345.example.cn/a' },
      ],
    })
    expect(['ask', 'help', 'https://12345.example.cn/a'].map((key) => nameOf(menu, key))).toEqual(['我要咨询', '帮助', null])
  })

  it('is read as the platform gives it back, too', () => {
    const menu = readMenu({ menu: { button: [{ name: '问', sub_button: { list: [{ type: 'click', name: '一', key: '1' }] } }] } })
    expect(menu[0]?.items).toHaveLength(1)
  })

  it('opens no address that is not of the web', () => {
    expect(readMenu({ button: [{ type: 'view', name: '坏', url: 'javascript:alert(1)' }] })[0]?.action).toBeNull()
  })

  it('is none when none is published, and never larger than the platform allows', () => {
    for (const nothing of [null, undefined, {}, { button: 1 }, [], 'x']) expect(readMenu(nothing)).toEqual([])
    const item = { type: 'click', name: '一', key: '1' }
    const many = readMenu({ button: Array(9).fill({ name: '多', sub_button: Array(9).fill(item) }) })
    expect(many.map((button) => button.items.length)).toEqual([5, 5, 5])
  })
})
