import { backoffMs } from '../backoff.ts'
import type { Env } from '../env.ts'
import { FIRST_SESSION_RETRY_MS, MAX_SESSION_RETRY_MS, STABLE_MS } from './limits.ts'

/** Connects again where Socket.IO does not, with delays that grow from one failure to the next (SES-14). */
export class Retry {
  readonly #env: Env
  readonly #connect: () => void
  #failures = 0
  #connectedAt = Number.POSITIVE_INFINITY
  #cancel: (() => void) | undefined

  constructor(env: Env, connect: () => void) {
    this.#env = env
    this.#connect = connect
  }

  /** A session has a connection. */
  stable(now: number): void {
    this.#connectedAt = now
  }

  /** Something failed that another attempt may mend. */
  after(now: number): void {
    if (now - this.#connectedAt >= STABLE_MS) this.#failures = 0
    this.#connectedAt = Number.POSITIVE_INFINITY
    this.#failures += 1
    this.#cancel?.()
    const delay = backoffMs(this.#failures, this.#env.random(), FIRST_SESSION_RETRY_MS, MAX_SESSION_RETRY_MS)
    this.#cancel = this.#env.wakefulTimers.after(delay, () => {
      this.#cancel = undefined
      this.#connect()
    })
  }

  cancel(): void {
    this.#cancel?.()
    this.#cancel = undefined
  }
}
