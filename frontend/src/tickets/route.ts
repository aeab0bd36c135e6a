/** Which view the address names: `#tell/place`, `#look/DG…`, `#mine`. Pure. */

export const STEPS = ['kind', 'matter', 'place', 'person', 'check'] as const
export type StepName = (typeof STEPS)[number]

export type Route = { view: 'tell'; step: StepName } | { view: 'look'; number: string } | { view: 'mine' }

/** What an address says; the first question for one that says nothing known. */
export function readRoute(hash: string): Route {
  const [view, rest = ''] = hash.replace(/^#/u, '').split('/')
  if (view === 'mine') return { view }
  if (view === 'look') return { view, number: /^DG\d{15}$/u.test(rest) ? rest : '' }
  return { view: 'tell', step: STEPS.find((step) => step === rest) ?? 'kind' }
}

export function hashOf(route: Route): string {
  if (route.view === 'tell') return `#tell/${route.step}`
  return route.view === 'look' && route.number ? `#look/${route.number}` : `#${route.view}`
}
