import type { Flushable, FlushTurn } from '@socket-star/protocol/session'

/** Gathers what one turn of the event loop wants flushed, and flushes it at its end. */
export class Turn implements FlushTurn {
  readonly #now: () => number
  readonly #failed: (error: unknown) => void
  #due: Flushable[] = []

  /** `failed`: told of what goes wrong with one of them, so that the others are flushed none the less. */
  constructor(now: () => number, failed: (error: unknown) => void) {
    this.#now = now
    this.#failed = failed
  }

  /** The caller remembers that it waits already. */
  add(flushable: Flushable): void {
    if (this.#due.push(flushable) === 1) queueMicrotask(() => this.#run())
  }

  #run(): void {
    const due = this.#due
    this.#due = []
    const now = this.#now()
    for (const flushable of due) {
      try {
        flushable.flush(now)
      } catch (error) {
        this.#failed(error)
      }
    }
  }
}
