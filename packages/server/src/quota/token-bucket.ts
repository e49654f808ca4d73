/** A rate limit: `burst` at once, refilled at `perSecond`. Time comes from outside, in milliseconds. */
export class TokenBucket {
  readonly #perMs: number
  readonly #burst: number
  #tokens: number
  #at: number

  constructor(perSecond: number, burst: number, now: number) {
    this.#perMs = perSecond / 1000
    this.#burst = burst
    this.#tokens = burst
    this.#at = now
  }

  /** Takes `cost` tokens; false, and nothing taken, when fewer are left. */
  take(now: number, cost = 1): boolean {
    this.#tokens = Math.min(this.#burst, this.#tokens + Math.max(0, now - this.#at) * this.#perMs)
    this.#at = now
    if (this.#tokens < cost) return false
    this.#tokens -= cost
    return true
  }
}
