import type { Context } from './context.ts'
import { codeOf } from './requests.ts'

/** One application's `flush()` calls: each tells the truth, once. */
export class Flushing {
  /** Calls that were not answered yet. */
  pending = 0
  readonly #context: Context
  readonly #who: string

  constructor(context: Context, who: string) {
    this.#context = context
    this.#who = who
  }

  /** `missing`: how much of what was emitted before the other side has not heard. `then` follows when it has all. */
  flush(end: { flush(): Promise<void> }, missing: () => number, then: () => void = () => {}): void {
    const { oracle } = this.#context
    const done = (): void => {
      this.pending -= 1
      const left = missing()
      if (left > 0) oracle.fail(`${this.#who} was told that all had come, and ${left} had not`)
      then()
    }
    const failed = (error: unknown): void => {
      this.pending -= 1
      if (!['ERR_CLOSED', 'ERR_INTERRUPTED'].includes(codeOf(error)))
        oracle.fail(`a flush of ${this.#who} came to ${String(error)}`)
    }
    this.pending += 1
    end.flush().then(done, failed)
  }
}
