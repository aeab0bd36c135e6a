/** The visitor's token in this browser, one for all pages of the citizen. */

const TOKEN = 'yixian.session'

export interface TokenKeep {
  load(): string | null
  save(token: string | null): void
}

/** The browser's storage, or null where it is closed to us. */
export function browserStorage(): Storage | null {
  try {
    return window.localStorage
  } catch {
    return null
  }
}

export function tokenKeep(keep: Pick<Storage, 'getItem' | 'setItem' | 'removeItem'> | null): TokenKeep {
  let held: string | null = null
  return {
    load: () => {
      try {
        return keep?.getItem(TOKEN) ?? held
      } catch {
        return held
      }
    },
    save: (token) => {
      held = token
      try {
        if (token === null) keep?.removeItem(TOKEN)
        else keep?.setItem(TOKEN, token)
      } catch {
        // Storage is closed to us; the session lasts as long as the page.
      }
    },
  }
}
