import { INITIAL_RTT_MS, MAX_TAIL_MS, NEVER } from './limits.ts'
import { Path } from './path.ts'
import type { PathInit } from './types.ts'

/** A {@link Path}, lossy or not, whose round trip is measured. */
export class MeasuredPath extends Path {
  readonly lossy: boolean
  /** The other end is known to have our HELLO, or sure to get it. */
  heard: boolean
  /** When to ask again, by HELLO until it is heard, and then by PING; lossy paths only. */
  askAt = NEVER
  /** How often in a row asking found silence. */
  tails = 0
  /** The token of the latest PING, and when it left. */
  pingToken = -1
  pingAt = 0
  /** The smoothed round trip and its variation, undefined before any was measured. */
  rttMs: number | undefined
  #varMs = 0

  constructor({ id, mode }: PathInit) {
    super(id)
    this.lossy = mode === 'lossy'
    this.heard = !this.lossy
  }

  /** Something new was acknowledged: silence is counted from now on. */
  progress(): void {
    this.tails = 0
    this.askAt = NEVER
  }

  /** A round trip was measured: smoothed as in RFC 6298, section 2. */
  sample(ms: number): void {
    const known = this.rttMs ?? ms
    this.#varMs += this.rttMs === undefined ? ms / 2 : (Math.abs(known - ms) - this.#varMs) / 4
    this.rttMs = known + (ms - known) / 8
  }

  /** How long to wait for an answer before asking again, the other end's acknowledgement delay included (CH-14). */
  tailMs(ackDelayMs: number): number {
    const rtt = this.rttMs ?? INITIAL_RTT_MS
    const wait = rtt + Math.max(4 * (this.#varMs || rtt / 2), 10) + 2 * ackDelayMs
    return Math.min(MAX_TAIL_MS, wait * 2 ** Math.min(this.tails, 10))
  }
}
