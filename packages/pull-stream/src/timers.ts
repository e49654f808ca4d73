/** The clock that everything in this package runs on. Pass another to {@link StreamOptions.timers} in tests. */
export interface Timers {
  /** Milliseconds from any fixed point, never falling. */
  now(): number
  /** Calls back once after `ms` milliseconds; the returned function cancels. */
  after(ms: number, callback: () => void): () => void
}

/** The longest that a platform's timer can wait, in milliseconds: a longer one fires at once. */
export const MAX_DELAY_MS = 2 ** 31 - 1

/** The platform's clock, with timers that keep a Node process alive. Each waits {@link MAX_DELAY_MS} at most. */
export const wakefulTimers: Timers = {
  now: () => performance.now(),
  after(ms, callback) {
    const timer = setTimeout(callback, Math.min(ms, MAX_DELAY_MS))
    return () => clearTimeout(timer)
  },
}

/** The same, with timers that do not. A browser has no such thing, and needs only the other one. */
export const systemTimers: Timers = {
  now: () => performance.now(),
  after(ms, callback) {
    const timer: number | { unref(): void } = setTimeout(callback, Math.min(ms, MAX_DELAY_MS))
    if (typeof timer === 'object') timer.unref()
    return () => clearTimeout(timer as ReturnType<typeof setTimeout>)
  },
}
