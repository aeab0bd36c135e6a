import { ref } from 'vue'
import { createRouter, createWebHistory } from 'vue-router'
import type { RouteRecordRaw } from 'vue-router'
import { knock } from './api'
import { toWork } from './session'
import { home, mayGo, STATIONS, within } from './shell/places'
import type { PlaceName } from './shell/places'

const NotFound = () => import('./shell/NotFound.vue')

type Page = () => Promise<unknown>

function page(path: string, place: PlaceName, component: Page): RouteRecordRaw {
  return { path, component, meta: { place }, props: true }
}

const routes: RouteRecordRaw[] = [
  { path: '/desk', component: NotFound },
  page('/desk/conversations/:id?', 'conversations', () => import('./conversations/ConversationsPage.vue')),
  page('/desk/board', 'board', () => import('./board/BoardPage.vue')),
  page('/desk/tickets', 'tickets', () => import('./tickets/TicketsPage.vue')),
  page('/desk/tickets/new', 'file', () => import('./tickets/NewTicketPage.vue')),
  page('/desk/tickets/:number(DG\\d{15})', 'tickets', () => import('./tickets/TicketPage.vue')),
  page('/desk/unit', 'unit', () => import('./unit/UnitPage.vue')),
  page('/desk/supervision', 'supervision', () => import('./supervision/SupervisionPage.vue')),
  page('/desk/office/people', 'people', () => import('./office/PeoplePage.vue')),
  page('/desk/office/people/:username', 'people', () => import('./office/PersonPage.vue')),
  page('/desk/office/units', 'units', () => import('./office/UnitsPage.vue')),
  page('/desk/office/calendar', 'calendar', () => import('./office/CalendarPage.vue')),
  page('/desk/office/limits', 'limits', () => import('./office/LimitsPage.vue')),
  page('/desk/office/webhooks', 'webhooks', () => import('./office/WebhooksPage.vue')),
  page('/desk/office/webhooks/:id', 'webhooks', () => import('./office/WebhookPage.vue')),
  page('/desk/office/canned', 'canned', () => import('./office/CannedPage.vue')),
  page('/desk/office/channels', 'channels', () => import('./office/ChannelsPage.vue')),
  page('/desk/office/deliveries', 'deliveries', () => import('./office/DeliveriesPage.vue')),
  page('/desk/office/audit', 'audit', () => import('./office/AuditPage.vue')),
  page('/desk/own', 'own', () => import('./own/OwnPage.vue')),
  page('/desk/knowledge/:view(inbox|try)?', 'knowledge', () => import('./knowledge/KnowledgePage.vue')),
  page('/desk/knowledge/new', 'knowledge', () => import('./knowledge/EntryPage.vue')),
  page('/desk/knowledge/entries/:id', 'knowledge', () => import('./knowledge/EntryPage.vue')),
  page('/desk/figures', 'figures', () => import('./figures/FiguresPage.vue')),
  page('/desk/figures/entries', 'figures', () => import('./figures/EntriesBehindPage.vue')),
  page('/desk/figures/tickets', 'figures', () => import('./figures/BehindPage.vue')),
  { path: '/desk/:rest(.*)*', component: NotFound },
]

export const router = createRouter({ history: createWebHistory(), routes })

const OFFICE = STATIONS.find((station) => station.name === 'office')
const places = new Map(STATIONS.flatMap((station) => [station, ...station.within]).map((place) => [place.name, place]))

router.beforeEach(async (to) => {
  // a link somebody followed is kept until they have signed in
  await toWork()
  if (to.path === '/desk') return home()
  if (to.path === OFFICE?.path) return within(OFFICE)[0]?.path ?? home()
  const place = places.get(to.meta.place as PlaceName)
  return !place || mayGo(place) || { path: '/desk/not-here', replace: true }
})

/** There is nothing to look at: the page that was opened first could not be fetched. */
export const unfetched = ref(false)

router.onError(async (_, to, from) => {
  const isFirst = from.matched.length === 0
  unfetched.value = isFirst
  // whoever comes from a page stays on it; if the gateway is there, it has newer pages than this one knows of
  if ((await knock()) && !isFirst) location.assign(to.fullPath)
})
