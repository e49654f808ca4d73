import type { Timers } from '@socket-star/pull-stream'
import { intervalMs } from './discovery-pace.ts'

/**
 * Calls `flush` soon after {@link request}: at once when it has been quiet,
 * otherwise when the interval since the last flush is over. "At once" is the
 * next timer, so that what happens in one turn goes out together.
 */
export class Batcher {
  readonly #timers: Timers
  readonly #members: () => number
  readonly #flush: () => void
  #last = Number.NEGATIVE_INFINITY
  #cancel: (() => void) | undefined

  constructor(timers: Timers, members: () => number, flush: () => void) {
    this.#timers = timers
    this.#members = members
    this.#flush = flush
  }

  request(): void {
    if (this.#cancel !== undefined) return
    const due = this.#last + intervalMs(this.#members())
    this.#cancel = this.#timers.after(Math.max(0, due - this.#timers.now()), () => this.#run())
  }

  close(): void {
    this.#cancel?.()
    this.#cancel = undefined
  }

  #run(): void {
    this.#cancel = undefined
    this.#last = this.#timers.now()
    this.#flush()
  }
}
