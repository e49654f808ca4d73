import { BACKLOG_POLL_MS, DEFAULT_RELAY_BUDGET_BYTES } from '../limits.ts'
import type { Timers } from '../timers.ts'

/** Who uses some of a budget. */
export interface BudgetUser {
  /** What it uses now, in bytes. */
  measure(): number
}

/** Past this part of the budget streams are cut, not held. */
const EXHAUSTED_FACTOR = 1.25

/**
 * What the relays of one process may leave waiting on all their readers'
 * sockets together (PS-45).
 */
export class RelayBudget {
  readonly maxBytes: number
  readonly #users = new Map<BudgetUser, number>()
  #usedBytes = 0
  #measuredAtMs = Number.NEGATIVE_INFINITY

  constructor(maxBytes: number = DEFAULT_RELAY_BUDGET_BYTES) {
    this.maxBytes = maxBytes
  }

  /** What waits, as far as it was reported. */
  get usedBytes(): number {
    return this.#usedBytes
  }

  /** @internal A user's new figure. */
  report(user: BudgetUser, bytes: number): void {
    this.#usedBytes += bytes - (this.#users.get(user) ?? 0)
    this.#users.set(user, bytes)
  }

  /** @internal A user that is gone. */
  remove(user: BudgetUser): void {
    this.#usedBytes -= this.#users.get(user) ?? 0
    this.#users.delete(user)
  }

  /**
   * @internal How it stands. Users report when frames pass, not when their
   * backlog falls, so before anyone is told that it is over all are asked,
   * though not for every frame.
   */
  state(timers: Timers): 'free' | 'over' | 'exhausted' {
    if (this.#usedBytes > this.maxBytes && timers.now() - this.#measuredAtMs >= BACKLOG_POLL_MS) {
      this.#measuredAtMs = timers.now()
      for (const user of this.#users.keys()) this.report(user, user.measure())
    }
    if (this.#usedBytes <= this.maxBytes) return 'free'
    return this.#usedBytes > this.maxBytes * EXHAUSTED_FACTOR ? 'exhausted' : 'over'
  }
}

/** The budget of everyone who does not bring one. */
export const processBudget = new RelayBudget()
