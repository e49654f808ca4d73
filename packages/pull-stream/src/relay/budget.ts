import { BACKLOG_POLL_MS, BUDGET_FLOOR_BYTES, DEFAULT_RELAY_BUDGET_BYTES } from '../limits.ts'
import type { Timers } from '../timers.ts'

/** Who uses some of a budget. */
export interface BudgetUser {
  /** What it uses now, in bytes. */
  measure(): number
  /** What it uses hardly becomes less. */
  readonly stuck: boolean
  /** Gives back all that it uses, at once and for good, and is removed. */
  drop(): void
}

/** Past this part of the budget not only those who are stuck have to go. */
const EXHAUSTED_FACTOR = 1.25

/**
 * What the relays of one process may leave waiting on all their readers'
 * sockets together (PS-45). While it is not enough for all, everyone has a
 * fair share: the most that each could use if nobody used more. Those who use
 * less than that are not touched, however many others there are.
 */
export class RelayBudget {
  readonly maxBytes: number
  readonly #users = new Map<BudgetUser, number>()
  #usedBytes = 0
  #shareBytes = Number.POSITIVE_INFINITY
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
   * @internal What each may use, in bytes, {@link BUDGET_FLOOR_BYTES} at least: no limit while all of it fits. To
   * be asked whenever a user has reported more. Users report when frames pass,
   * not when their backlog falls, so before anyone is told that it is over all
   * are asked, though not for every frame. Some may be dropped meanwhile.
   */
  share(timers: Timers): number {
    if (this.#usedBytes <= this.maxBytes) return Number.POSITIVE_INFINITY
    if (timers.now() - this.#measuredAtMs >= BACKLOG_POLL_MS) {
      this.#measuredAtMs = timers.now()
      for (const user of this.#users.keys()) this.report(user, user.measure())
      this.#shareBytes = this.#fairShare()
      this.#reclaim()
    }
    return this.#usedBytes <= this.maxBytes ? Number.POSITIVE_INFINITY : this.#allowedBytes
  }

  /** The level at which all fit when nobody uses more. */
  #fairShare(): number {
    const sizes = [...this.#users.values()].sort((a, b) => a - b)
    let restBytes = this.maxBytes
    let users = sizes.length
    for (const bytes of sizes) {
      if (bytes * users > restBytes) return restBytes / users
      restBytes -= bytes
      users -= 1
    }
    return Number.POSITIVE_INFINITY
  }

  /** A share may become so little that nothing could be sent. */
  get #allowedBytes(): number {
    return Math.max(this.#shareBytes, BUDGET_FLOOR_BYTES)
  }

  /** Drops users of more than that: first those who are stuck, then, where that is not enough, the largest. */
  #reclaim(): void {
    const allowedBytes = this.#allowedBytes
    const tooLarge = [...this.#users].filter(([, bytes]) => bytes > allowedBytes)
    const largestFirst = tooLarge.sort(([, a], [, b]) => b - a).map(([user]) => user)
    for (const user of largestFirst.filter(({ stuck }) => stuck)) {
      if (this.#usedBytes <= this.maxBytes) return
      user.drop()
    }
    for (const user of largestFirst) {
      if (this.#usedBytes <= this.maxBytes * EXHAUSTED_FACTOR) return
      if (this.#users.has(user)) user.drop()
    }
  }
}

/** The budget of everyone who does not bring one. */
export const processBudget = new RelayBudget()
