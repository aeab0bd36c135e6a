/** Which figure is opened stands in the address, so that one can go back to it. */
import { computed } from 'vue'
import { useRoute } from 'vue-router'
import { names } from '../tickets/names'
import { unitName } from '../units'
import { words as w } from './words'

export function useAsked() {
  const route = useRoute()

  function asked(name: string): string {
    const value = route.query[name]
    return typeof value === 'string' ? value : ''
  }

  const which = computed(() => ({
    fact: asked('fact'),
    period: asked('period') || 'day',
    on: asked('on'),
    unit: asked('unit'),
    kind: asked('kind'),
    channel: asked('channel'),
  }))
  const row = computed(() => {
    const { unit, kind, channel } = which.value
    return unit ? unitName(unit) : kind ? names.value.kinds[kind as keyof typeof names.value.kinds] : w.value.channels[channel]
  })
  const back = computed(() => {
    const query = { period: asked('period'), on: asked('on') }
    return { path: '/desk/figures', query: Object.fromEntries(Object.entries(query).filter(([, value]) => value)) }
  })
  return { which, name: computed(() => asked('name')), row, back }
}
