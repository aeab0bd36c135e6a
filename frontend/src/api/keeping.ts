/** What a browser keeps for its person. Where its storage is closed to us, it holds until the page is left. */

interface Keeping {
  get(key: string): string | null
  set(key: string, value: string): void
  drop(key: string): void
}

function keeping(where: 'localStorage' | 'sessionStorage'): Keeping {
  function tried<Answer>(act: (storage: Storage) => Answer): Answer | null {
    try {
      return act(window[where])
    } catch {
      return null
    }
  }
  return {
    get: (key) => tried((storage) => storage.getItem(key)),
    set: (key, value) => void tried((storage) => storage.setItem(key, value)),
    drop: (key) => void tried((storage) => storage.removeItem(key)),
  }
}

/** In every tab, also after the browser was closed. */
export const inBrowser = keeping('localStorage')
/** In this tab alone. */
export const inTab = keeping('sessionStorage')
