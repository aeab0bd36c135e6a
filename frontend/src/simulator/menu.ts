/** WeChat's menu, as it was published, read for drawing. Pure. Source: the platform's page on custom menus. */
import { webAddress } from '@/chat/links'

export type Action = { kind: 'click'; key: string } | { kind: 'view'; href: string }
export interface Item {
  name: string
  /** Null for a kind of item this page cannot press. */
  action: Action | null
}
export interface Button extends Item {
  items: readonly Item[]
}

const MOST_BUTTONS = 3
const MOST_ITEMS = 5

function fields(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
}

function readItem(value: unknown): Item {
  const given = fields(value)
  const name = typeof given.name === 'string' ? given.name : ''
  if (given.type === 'click' && typeof given.key === 'string') return { name, action: { kind: 'click', key: given.key } }
  const href = given.type === 'view' && typeof given.url === 'string' ? webAddress(given.url) : null
  return { name, action: href ? { kind: 'view', href } : null }
}

/** What is written on the item with this key; null when the menu has none. */
export function nameOf(menu: readonly Button[], key: string): string | null {
  const items = menu.flatMap((button): readonly Item[] => [button, ...button.items])
  return items.find((item) => item.action?.kind === 'click' && item.action.key === key)?.name ?? null
}

/** At most three buttons with five items each; an empty list when no menu is published. */
export function readMenu(menu: unknown): Button[] {
  const given = fields(menu)
  const buttons = given.button ?? fields(given.menu).button
  if (!Array.isArray(buttons)) return []
  return buttons
    .slice(0, MOST_BUTTONS)
    .map((button: unknown) => {
      const below = fields(button).sub_button
      const list = Array.isArray(below) ? below : Array.isArray(fields(below).list) ? fields(below).list : []
      const items = (list as unknown[]).slice(0, MOST_ITEMS).map(readItem)
      return { ...readItem(button), items: items.filter((item) => item.name) }
    })
    .filter((button) => button.name)
}
