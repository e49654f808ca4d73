import { LIFE_SIGN_EVERY_MS } from './limits.ts'
import type { Timers } from './timers.ts'

/** When a held sender is let go, and when its stream is cut instead (PS-32, PS-33). Sizes are in bytes. */
export interface HoldPolicy {
  readonly timers: Timers
  /** The mark that the backlog went over. */
  readonly markBytes: number
  /** What the reader has to take to let the sender go. */
  readonly releaseBytes: number
  readonly timeoutMs: number
  /** What waits for the reader now. */
  waiting(): number
  /** What the reader has taken, counted from any fixed point. */
  taken(): number
  /** The connection is held, or still is: once a second the other side of it should hear something (PS-36). */
  onHeld(): void
  /** Let the sender go: enough was taken. */
  onRelease(): void
  /** Let the sender go and cut: the time is up and too little was taken. */
  onExpire(): void
}

/** One stretch of time during which a sender is held, because its reader is behind. */
export class HoldStretch {
  readonly #policy: HoldPolicy
  #takenBefore = 0
  #cancelTimeout: (() => void) | undefined
  #cancelSign = () => {}
  #signedAtMs = Number.NEGATIVE_INFINITY

  constructor(policy: HoldPolicy) {
    this.#policy = policy
  }

  get active(): boolean {
    return this.#cancelTimeout !== undefined
  }

  /**
   * The backlog went over its mark: starts the stretch, if it has not begun.
   * Answers whether the sender is to be held.
   */
  begin(): boolean {
    if (this.active) return true
    const { timers, timeoutMs } = this.#policy
    this.#takenBefore = this.#policy.taken()
    if (this.#enough()) return false
    this.#cancelTimeout = timers.after(timeoutMs, () => this.#expire())
    this.#sign()
    return true
  }

  /** Ends the stretch when enough was taken. To be called whenever something may have been. */
  check(): void {
    if (!this.active || !this.#enough()) return
    this.stop()
    this.#policy.onRelease()
  }

  /** Ends the stretch without a word. */
  stop(): void {
    this.#cancelTimeout?.()
    this.#cancelTimeout = undefined
    this.#cancelSign()
  }

  /** Stretches follow each other quickly: what was said in the last one counts. */
  #sign(): void {
    const { timers, onHeld } = this.#policy
    const sinceMs = timers.now() - this.#signedAtMs
    if (sinceMs >= LIFE_SIGN_EVERY_MS) {
      this.#signedAtMs = timers.now()
      onHeld()
    }
    const nextMs = Math.max(0, this.#signedAtMs + LIFE_SIGN_EVERY_MS - timers.now())
    this.#cancelSign = timers.after(nextMs, () => this.#sign())
  }

  get #taken(): number {
    return this.#policy.taken() - this.#takenBefore
  }

  #enough(): boolean {
    const { markBytes, releaseBytes } = this.#policy
    const waiting = this.#policy.waiting()
    return waiting <= markBytes / 2 || (waiting <= markBytes && this.#taken >= releaseBytes)
  }

  #expire(): void {
    const { markBytes, releaseBytes } = this.#policy
    this.stop()
    // A reader that is slow but alive gets another stretch with the next frame.
    if (this.#taken >= Math.min(releaseBytes, markBytes / 2)) this.#policy.onRelease()
    else this.#policy.onExpire()
  }
}
