import { type ErrorCode, isStarError, type StarError } from '@socket-star/protocol'
import type { Timers } from '@socket-star/pull-stream'
import { throwIfAborted } from '../abort.ts'
import { backoffMs } from './backoff.ts'
import { aborted, connected, connectionScope } from './connection.ts'
import type { Hub } from './hub.ts'
import { type Joined, type JoinTerms, join } from './join.ts'

/** What a peer learns of its membership. */
export interface MembershipEvents {
  /** An attempt begins. */
  joining(): void
  /** The server let us in, for the first time or again. */
  joined(joined: Joined): void
  /** The socket could not connect. */
  refused(error: unknown): void
  /** A join of an address that we had before did not work; it is tried again. */
  failed(error: StarError): void
}

/** Waiting does not change these: the same request would be refused again (JOIN-16). */
const FINAL: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'ERR_BAD_ADDRESS',
  'ERR_BAD_KEY',
  'ERR_CHALLENGE',
  'ERR_CHALLENGE_DISABLED',
  'ERR_ID_MISMATCH',
  'ERR_KEY_REQUIRED',
  'ERR_LEGACY_CHALLENGE',
])

/**
 * Joins an address on every connection of the socket, with a fresh challenge
 * each time, until `signal` is aborted (PROTOCOL.md, JOIN-10, JOIN-16).
 *
 * A first join that the server refuses is over; one whose connection is lost on
 * the way waits for the next connection. A later join that does not work is
 * tried again after a growing delay, as long as trying can help.
 *
 * @throws StarError why it is over
 */
export async function stayJoined(
  hub: Hub,
  terms: JoinTerms,
  events: MembershipEvents,
  signal: AbortSignal,
): Promise<never> {
  const { wire, env } = hub
  let failures = 0
  let first = true
  for (;;) {
    throwIfAborted(signal)
    events.joining()
    await connected(wire, signal, events.refused)
    const connection = connectionScope(wire, signal)
    try {
      const outcome = await join(wire, terms, hub.signatures, hub.discovery, connection.signal)
      failures = 0
      first = false
      events.joined(outcome)
      await aborted(connection.signal)
    } catch (error) {
      if (!connection.signal.aborted) {
        if (first || !worthRepeating(error)) throw error
        failures += 1
        events.failed(error)
        await pause(env.timers, backoffMs(failures, env.random()), connection.signal)
      }
    } finally {
      connection.close()
    }
  }
}

function worthRepeating(error: unknown): error is StarError {
  return isStarError(error) && !FINAL.has(error.code)
}

function pause(timers: Timers, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const cancel = timers.after(ms, () => {
      signal.removeEventListener('abort', stop)
      resolve()
    })
    const stop = (): void => {
      cancel()
      resolve()
    }
    if (signal.aborted) stop()
    else signal.addEventListener('abort', stop, { once: true })
  })
}
