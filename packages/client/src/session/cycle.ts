import type { Env } from '../env.ts'
import { CYCLE_MAX_MS, CYCLE_MIN_MS, CYCLE_OPENING_MS } from './limits.ts'

/** When a session moves to a fresh connection, in milliseconds: at a random moment between the two. */
export interface CycleTimes {
  readonly minMs?: number
  readonly maxMs?: number
}

/** What {@link Cycle} does its work on. */
export interface CycleOwner {
  /** Opens a second connection; false when that cannot be done now. */
  openSecond(): boolean
  /** Gives the second connection up, if it is not the first one by now, and begins again. */
  dropSecond(): void
  /** False while nothing has to be replaced: there is no connection. */
  readonly connected: boolean
}

/** Once in a while the session moves to a fresh connection, while the old one lives (PROTOCOL.md SES-17). */
export class Cycle {
  readonly #env: Env
  readonly #owner: CycleOwner
  readonly #minMs: number
  readonly #maxMs: number
  #cancel: (() => void) | undefined

  constructor(env: Env, owner: CycleOwner, { minMs = CYCLE_MIN_MS, maxMs = CYCLE_MAX_MS }: CycleTimes = {}) {
    this.#env = env
    this.#owner = owner
    this.#minMs = minMs
    this.#maxMs = Math.max(minMs, maxMs)
  }

  /** A connection carries the session: it is young. */
  begin(): void {
    const span = this.#maxMs - this.#minMs
    this.#after(this.#minMs + this.#env.random() * span, () => this.#turn())
  }

  close(): void {
    this.#cancel?.()
    this.#cancel = undefined
  }

  #turn(): void {
    if (!this.#owner.connected || !this.#owner.openSecond()) {
      this.begin()
      return
    }
    this.#after(CYCLE_OPENING_MS, () => this.#owner.dropSecond())
  }

  #after(ms: number, callback: () => void): void {
    this.#cancel?.()
    this.#cancel = this.#env.timers.after(ms, callback)
  }
}
