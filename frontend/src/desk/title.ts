/** The page's title, and before it how many conversations want somebody: to be seen from any page, and from none. */
import { computed, ref, watchEffect } from 'vue'

/** Of this person: what they have and have not read, and what waits for anybody. Conversations, not messages. */
export const wanted = ref({ unread: 0, waiting: 0 })

const name = ref('')
const titled = computed(() => {
  const { unread, waiting } = wanted.value
  return unread + waiting > 0 ? `(${unread + waiting}) ${name.value}` : name.value
})

watchEffect(() => {
  if (name.value) document.title = titled.value
})

export function setTitle(title: string): void {
  name.value = title
}
