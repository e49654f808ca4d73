/** A timer of a page that nobody sees comes at the next of these, in milliseconds. */
export const THROTTLE_MS = 1_000

/**
 * What a program runs on, as far as it keeps it from running: a laptop whose
 * lid is closed, a virtual machine that is paused, a process whose event loop
 * is blocked, a tab in the background.
 */
export class Machine {
  /** What the clocks of its programs lack: they stood still while it slept. */
  lostMs = 0
  /** For how long it slept while its clock ran on. */
  lateMs = 0
  #asleepUntil = 0
  #throttledUntil = 0

  /** Nothing runs until then, and all that was due comes then, late. `clockStops`: time does not pass either. */
  sleep(now: number, until: number, clockStops: boolean): void {
    if (this.asleepAt(now)) return
    this.#asleepUntil = until
    if (clockStops) this.lostMs += until - now
    else this.lateMs += until - now
  }

  asleepAt(now: number): boolean {
    return now < this.#asleepUntil
  }

  /** Timers come once a second until then. */
  throttle(until: number): void {
    this.#throttledUntil = until
  }

  /** When something that is due now may run. */
  readyAt(now: number, isTimer: boolean): number {
    if (this.asleepAt(now)) return this.#asleepUntil
    if (!isTimer || now >= this.#throttledUntil) return now
    return Math.ceil(now / THROTTLE_MS) * THROTTLE_MS
  }
}
