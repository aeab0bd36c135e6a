/**
 * The bytes of files that wait to be uploaded, kept in IndexedDB so that a reload does not lose a picture taken.
 * Memory answers first; where IndexedDB is closed to us, memory is all there is.
 */

const DATABASE = 'yixian'
const STORE = 'files'

function settled<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error ?? new Error('IndexedDB failed'))
  })
}

export class Files {
  private readonly memory = new Map<string, Blob>()
  private database: Promise<IDBDatabase | null> | null = null

  async put(id: string, file: Blob): Promise<void> {
    this.memory.set(id, file)
    await this.run('readwrite', (store) => store.put(file, id))
  }

  /** The file, or null when neither memory nor the browser has it any more. */
  async get(id: string): Promise<Blob | null> {
    const kept = this.memory.get(id)
    if (kept) return kept
    const found: unknown = await this.run('readonly', (store) => store.get(id))
    return found instanceof Blob ? found : null
  }

  async drop(id: string): Promise<void> {
    this.memory.delete(id)
    await this.run('readwrite', (store) => store.delete(id))
  }

  private open(): Promise<IDBDatabase | null> {
    this.database ??= (async () => {
      try {
        const request = indexedDB.open(DATABASE, 1)
        request.onupgradeneeded = () => request.result.createObjectStore(STORE)
        return await settled(request)
      } catch {
        return null
      }
    })()
    return this.database
  }

  private async run<T>(mode: IDBTransactionMode, act: (store: IDBObjectStore) => IDBRequest<T>): Promise<T | null> {
    const database = await this.open()
    if (!database) return null
    try {
      return await settled(act(database.transaction(STORE, mode).objectStore(STORE)))
    } catch {
      return null
    }
  }
}
