import { describe, expect, it } from 'vitest'
import { hashOf, readRoute } from './route'
import type { Route } from './route'

describe('readRoute', () => {
  it.each<[string, Route]>([
    ['', { view: 'tell', step: 'kind' }],
    ['#', { view: 'tell', step: 'kind' }],
    ['#tell/place', { view: 'tell', step: 'place' }],
    ['#tell/nowhere', { view: 'tell', step: 'kind' }],
    ['#look', { view: 'look', number: '' }],
    ['#look/DG202611260001237', { view: 'look', number: 'DG202611260001237' }],
    ['#look/<img src=x>', { view: 'look', number: '' }],
    ['#mine', { view: 'mine' }],
    ['#something/else', { view: 'tell', step: 'kind' }],
  ])('reads %s', (hash, route) => {
    expect(readRoute(hash)).toEqual(route)
  })

  it.each<Route>([
    { view: 'tell', step: 'check' },
    { view: 'look', number: '' },
    { view: 'look', number: 'DG202611260001237' },
    { view: 'mine' },
  ])('reads back what it writes: %o', (route) => {
    expect(readRoute(hashOf(route))).toEqual(route)
  })
})
