import type { Timers } from '@socket-star/pull-stream'

interface Waiting {
  readonly due: number
  readonly callback: () => void
}

/** A clock that moves when a test says so. */
export class ManualTimers implements Timers {
  #now = 0
  readonly #waiting = new Set<Waiting>()

  now(): number {
    return this.#now
  }

  after(ms: number, callback: () => void): () => void {
    const waiting = { due: this.#now + ms, callback }
    this.#waiting.add(waiting)
    return () => void this.#waiting.delete(waiting)
  }

  /** How many timers wait. */
  get size(): number {
    return this.#waiting.size
  }

  /** How long the next timer will wait from now, in milliseconds. */
  get nextInMs(): number | undefined {
    const next = this.#next()
    return next === undefined ? undefined : next.due - this.#now
  }

  /** Lets `ms` milliseconds pass, running what falls due in order. */
  advance(ms: number): void {
    const end = this.#now + ms
    for (let next = this.#next(); next !== undefined && next.due <= end; next = this.#next()) {
      this.#waiting.delete(next)
      this.#now = next.due
      next.callback()
    }
    this.#now = end
  }

  #next(): Waiting | undefined {
    return [...this.#waiting].sort((a, b) => a.due - b.due)[0]
  }
}
