/** Timers with names: one that is set again is replaced, and none is set after the end. */
export class Timers {
  private readonly running = new Map<string, ReturnType<typeof setTimeout>>()
  private ended = false

  after(name: string, ms: number, act: () => void): void {
    this.clear(name)
    if (this.ended) return
    this.running.set(
      name,
      setTimeout(() => {
        this.running.delete(name)
        act()
      }, ms),
    )
  }

  has(name: string): boolean {
    return this.running.has(name)
  }

  clear(...names: string[]): void {
    for (const name of names) {
      clearTimeout(this.running.get(name))
      this.running.delete(name)
    }
  }

  end(): void {
    this.ended = true
    this.clear(...this.running.keys())
  }
}
