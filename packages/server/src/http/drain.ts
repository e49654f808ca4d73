/** Streams count as done when nothing went over them for this long. */
export const QUIET_MS = 1_000
const POLL_MS = 100

/** What a drain watches. */
export interface Traffic {
  readonly streamsOpen: number
  /** Bytes relayed since the start; it only grows. */
  readonly relayedBytes: number
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
 * Resolves when no stream is open, when the open ones have carried nothing for
 * {@link QUIET_MS}, or after `limitMs`. An open stream alone does not hold up a
 * restart: a chat may stay open for days.
 */
export async function waitUntilQuiet(
  traffic: () => Traffic,
  limitMs: number,
  clock: Clock = REAL_CLOCK,
): Promise<'quiet' | 'timeout'> {
  const started = clock.now()
  let quietSince = started
  let bytes = traffic().relayedBytes
  for (;;) {
    const { streamsOpen, relayedBytes } = traffic()
    const now = clock.now()
    if (relayedBytes !== bytes) {
      bytes = relayedBytes
      quietSince = now
    }
    if (streamsOpen === 0 || now - quietSince >= QUIET_MS) return 'quiet'
    if (now - started >= limitMs) return 'timeout'
    await clock.sleep(POLL_MS)
  }
}
