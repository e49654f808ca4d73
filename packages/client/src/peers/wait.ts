import { MAX_DELAY_MS } from '@socket-star/pull-stream'

/** What the wire and Socket.IO add to a wait. */
const MARGIN_MS = 60_000

/** How long a request waits that was told to wait so long: a longer timer, or none, fires at once. */
export function waitMs(timeoutMs: number): number {
  return Math.min(timeoutMs, MAX_DELAY_MS - MARGIN_MS)
}
