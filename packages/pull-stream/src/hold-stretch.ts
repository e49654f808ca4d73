import type { Timers } from './timers.ts'

/** When a held sender is let go, and when its stream is cut instead (PS-32, PS-33). */
export interface HoldPolicy {
  readonly timers: Timers
  /** The mark that the backlog went over, in bytes. */
  readonly markBytes: number
  /** What has to be taken of the backlog to let go. */
  readonly releaseBytes: number
  readonly timeoutMs: number
  /** What waits now, in bytes. */
  unsent(): number
  /** Let the sender go: enough was taken. */
  onRelease(): void
  /** Let the sender go and cut: the time is up and too little was taken. */
  onExpire(): void
}

/** One stretch of time during which a sender is held, because its reader is behind. */
export class HoldStretch {
  readonly #policy: HoldPolicy
  #peakBytes = 0
  #cancelTimeout: (() => void) | undefined

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
    const unsent = this.#policy.unsent()
    if (this.active) {
      // What was on its way when the sender was held still arrives.
      this.#peakBytes = Math.max(this.#peakBytes, unsent)
      return true
    }
    this.#peakBytes = unsent
    if (this.#peakBytes <= this.#low()) return false
    this.#cancelTimeout = this.#policy.timers.after(this.#policy.timeoutMs, () => this.#expire())
    return true
  }

  /** Ends the stretch when enough was taken. To be called whenever the backlog may have fallen. */
  check(): void {
    if (this.active && this.#policy.unsent() <= this.#low()) this.#end(this.#policy.onRelease)
  }

  /** Ends the stretch without a word. */
  stop(): void {
    this.#cancelTimeout?.()
    this.#cancelTimeout = undefined
  }

  /**
   * Back at the mark, and a little less than at its peak; with a mark so
   * small that this would mean "empty", at half of it.
   */
  #low(): number {
    const { markBytes, releaseBytes } = this.#policy
    return Math.max(Math.min(markBytes, this.#peakBytes - releaseBytes), markBytes / 2)
  }

  #expire(): void {
    const { markBytes, releaseBytes, unsent, onRelease, onExpire } = this.#policy
    const taken = this.#peakBytes - unsent.call(this.#policy)
    // A reader that is slow but alive gets another stretch with the next frame.
    this.#end(taken >= Math.min(releaseBytes, markBytes / 2) ? onRelease : onExpire)
  }

  #end(callback: () => void): void {
    this.stop()
    callback.call(this.#policy)
  }
}
