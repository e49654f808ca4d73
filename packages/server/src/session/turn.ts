import type { Flushable, FlushTurn } from '@socket-star/protocol/session'

/** Gathers what one turn of the event loop wants flushed, and flushes it at its end. */
export class Turn implements FlushTurn {
  readonly #now: () => number
  #due: Flushable[] = []

  constructor(now: () => number) {
    this.#now = now
  }

  /** The caller remembers that it waits already. */
  add(flushable: Flushable): void {
    if (this.#due.push(flushable) === 1) queueMicrotask(() => this.#run())
  }

  #run(): void {
    const due = this.#due
    this.#due = []
    const now = this.#now()
    for (const flushable of due) flushable.flush(now)
  }
}
