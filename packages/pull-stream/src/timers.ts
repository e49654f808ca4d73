/** The clock that everything in this package runs on. Pass another to {@link StreamOptions.timers} in tests. */
export interface Timers {
  /** Milliseconds from any fixed point, never falling. */
  now(): number
  /** Calls back once after `ms` milliseconds; the returned function cancels. */
  after(ms: number, callback: () => void): () => void
}

/** The longest that a platform's timer can wait, in milliseconds: a longer one fires at once. */
export const MAX_DELAY_MS = 2 ** 31 - 1

/** The platform's clock. A waiting timer does not keep a Node process alive, and waits {@link MAX_DELAY_MS} at most. */
export const systemTimers: Timers = /* @__PURE__ */ platformTimers(false)

/** The same, with timers that keep a Node process alive. */
export const wakefulTimers: Timers = /* @__PURE__ */ platformTimers(true)

function platformTimers(wakeful: boolean): Timers {
  return {
    now: () => performance.now(),
    after(ms, callback) {
      const timer = setTimeout(callback, Math.min(ms, MAX_DELAY_MS)) as { unref?(): void }
      // a browser's is a number
      if (!wakeful) timer.unref?.()
      return () => clearTimeout(timer as ReturnType<typeof setTimeout>)
    },
  }
}
