/** Where one can go at the desk, and who may. The navigation, the command bar and the router are made of this. */
import { BookOpen, Building2, ChartNoAxesColumn, Gavel, LayoutDashboard, MessagesSquare, Settings, TicketCheck } from '@lucide/vue'
import type { Component } from 'vue'
import { may } from '../session'

export type PlaceName =
  | 'conversations'
  | 'board'
  | 'tickets'
  | 'file'
  | 'unit'
  | 'supervision'
  | 'knowledge'
  | 'figures'
  | 'office'
  | 'people'
  | 'units'
  | 'calendar'
  | 'limits'
  | 'webhooks'
  | 'canned'
  | 'channels'
  | 'deliveries'
  | 'audit'
  | 'own'

export interface Place {
  name: PlaceName
  path: string
  /** Any of them is enough; with none, everybody who is signed in. */
  scopes: readonly string[]
  /** After `g`. */
  key?: string
}

export interface Station extends Place {
  icon: Component
  /** Pages within it. */
  within: readonly Place[]
}

const OFFICE: readonly Place[] = [
  { name: 'people', path: '/desk/office/people', scopes: ['people.manage'] },
  { name: 'units', path: '/desk/office/units', scopes: ['units.manage'] },
  { name: 'calendar', path: '/desk/office/calendar', scopes: ['calendar.manage'] },
  { name: 'limits', path: '/desk/office/limits', scopes: ['calendar.manage'] },
  { name: 'webhooks', path: '/desk/office/webhooks', scopes: ['webhooks.manage'] },
  { name: 'canned', path: '/desk/office/canned', scopes: ['canned.manage'] },
  { name: 'channels', path: '/desk/office/channels', scopes: ['deliveries.manage'] },
  { name: 'deliveries', path: '/desk/office/deliveries', scopes: ['deliveries.manage'] },
  { name: 'audit', path: '/desk/office/audit', scopes: ['audit.read'] },
]

export const STATIONS: readonly Station[] = [
  { name: 'conversations', path: '/desk/conversations', scopes: ['conversations.handle', 'conversations.unit'], key: 'c', icon: MessagesSquare, within: [] },
  { name: 'board', path: '/desk/board', scopes: ['conversations.lead'], key: 'b', icon: LayoutDashboard, within: [] },
  {
    name: 'tickets',
    path: '/desk/tickets',
    scopes: ['tickets.read', 'tickets.read_unit'],
    key: 't',
    icon: TicketCheck,
    within: [{ name: 'file', path: '/desk/tickets/new', scopes: ['tickets.file'] }],
  },
  { name: 'unit', path: '/desk/unit', scopes: ['unit.handle'], key: 'u', icon: Building2, within: [] },
  { name: 'supervision', path: '/desk/supervision', scopes: ['tickets.supervise'], key: 's', icon: Gavel, within: [] },
  { name: 'knowledge', path: '/desk/knowledge', scopes: ['knowledge.edit'], key: 'k', icon: BookOpen, within: [] },
  { name: 'figures', path: '/desk/figures', scopes: ['figures.read'], key: 'd', icon: ChartNoAxesColumn, within: [] },
  {
    name: 'office',
    path: '/desk/office',
    scopes: OFFICE.flatMap((place) => place.scopes),
    key: 'a',
    icon: Settings,
    within: OFFICE,
  },
]

export function mayGo(place: Place): boolean {
  return place.scopes.length === 0 || may(...place.scopes)
}

export function stations(): Station[] {
  return STATIONS.filter(mayGo)
}

export function within(station: Station): Place[] {
  return station.within.filter(mayGo)
}

/** Where somebody begins: the units' people at their work, the others at the first place they may be. */
export function home(): string {
  const all = stations()
  return (all.find((station) => station.name === 'unit') ?? all[0])?.path ?? '/desk/own'
}
