/** Streams count as done when nothing went over them for this long, in milliseconds. */
export const QUIET_MS = 1_000
/** And when bytes still wait for their readers, but none was taken for this long, in milliseconds. */
export const STALLED_MS = 5_000
const POLL_MS = 100

/** What a drain watches. */
export interface Traffic {
  readonly streamsOpen: number
  /** Bytes relayed since the start; it only grows. */
  readonly relayedBytes: number
  /** Bytes that wait on all connections: a reader may be behind when its stream is long over. */
  readonly waitingBytes: number
  /** Messages of sessions that listeners of the application are at work on. */
  readonly working: number
}

/** Time in milliseconds, from outside for the tests. */
export interface Clock {
  now(): number
  sleep(ms: number): Promise<void>
}

const REAL_CLOCK: Clock = {
  now: () => performance.now(),
  sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
}

/**
 * Resolves when no stream is open and nothing waits, when nothing has moved
 * for {@link QUIET_MS}, or {@link STALLED_MS} where bytes wait, or after
 * `limitMs` (OPS-5); while a listener is at work, only the last ends it. An open
 * stream alone does not hold up a restart: a chat may stay open for days.
 */
export async function waitUntilQuiet(
  traffic: () => Traffic,
  limitMs: number,
  clock: Clock = REAL_CLOCK,
): Promise<'quiet' | 'timeout'> {
  const started = clock.now()
  let quietSince = started
  let before = traffic()
  for (;;) {
    const latest = traffic()
    const { streamsOpen, relayedBytes, waitingBytes, working } = latest
    const now = clock.now()
    if (relayedBytes !== before.relayedBytes || waitingBytes !== before.waitingBytes) quietSince = now
    before = latest
    if (working === 0) {
      if (streamsOpen === 0 && waitingBytes === 0) return 'quiet'
      if (now - quietSince >= (waitingBytes > 0 ? STALLED_MS : QUIET_MS)) return 'quiet'
    }
    if (now - started >= limitMs) return 'timeout'
    await clock.sleep(POLL_MS)
  }
}
