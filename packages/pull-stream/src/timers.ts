/** The clock that everything in this package runs on. Pass another to {@link StreamOptions.timers} in tests. */
export interface Timers {
  /** Milliseconds from any fixed point, never falling. */
  now(): number
  /** Calls back once after `ms` milliseconds; the returned function cancels. */
  after(ms: number, callback: () => void): () => void
}

/** The platform's clock. A waiting timer does not keep a Node process alive. */
export const systemTimers: Timers = {
  now: () => performance.now(),
  after(ms, callback) {
    const timer: unknown = setTimeout(callback, ms)
    if (hasUnref(timer)) timer.unref()
    return () => clearTimeout(timer as ReturnType<typeof setTimeout>)
  },
}

function hasUnref(timer: unknown): timer is { unref(): void } {
  return typeof timer === 'object' && timer !== null && 'unref' in timer
}
