import type { Timers } from '@socket-star/pull-stream'
import { intervalMs } from './discovery-pace.ts'

/**
 * Calls `flush` soon after {@link request}: at once when the last flush is an
 * interval ago, otherwise an interval after the first change that waits, so
 * that as many changes as the interval allows share one flush. "At once" is
 * the next timer, so that what happens in one turn goes out together.
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
    const interval = intervalMs(this.#members())
    const quiet = this.#timers.now() - this.#last >= interval
    this.#cancel = this.#timers.after(quiet ? 0 : interval, () => this.#run())
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
