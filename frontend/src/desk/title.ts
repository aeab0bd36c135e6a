/** The page's title, and before it how many conversations want somebody: to be seen from any page, and from none. */
import { computed, ref, watchEffect } from 'vue'

/** Of this person: what they have and have not read, what else is marked for them, and what waits for anybody.
 * Conversations, not messages; each counts once. */
export const wanted = ref({ unread: 0, marked: 0, waiting: 0 })
export const wantedInAll = computed(() => wanted.value.unread + wanted.value.marked + wanted.value.waiting)

const name = ref('')
const titled = computed(() => (wantedInAll.value > 0 ? `(${wantedInAll.value}) ${name.value}` : name.value))

watchEffect(() => {
  if (name.value) document.title = titled.value
})

export function setTitle(title: string): void {
  name.value = title
}
