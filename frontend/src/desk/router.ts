import { createRouter, createWebHistory } from 'vue-router'
import type { RouteRecordRaw } from 'vue-router'
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
  page('/desk/knowledge', 'knowledge', () => import('./knowledge/KnowledgePage.vue')),
  page('/desk/figures', 'figures', () => import('./figures/FiguresPage.vue')),
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
