import { type FrameKind, HELLO, RESET } from './frame-kind.ts'
import { INITIAL_RTT_MS, MAX_TAIL_MS } from './limits.ts'
import type { FrameLimits, PathId, PathInit } from './types.ts'

/** What may be said on a path before the other end was heard there, or by a Channel that no longer works. */
const EARLY = (1 << HELLO) | (1 << RESET)

/** What one end knows of one path. */
export class Path {
  readonly id: PathId
  readonly lossy: boolean
  readonly limits: FrameLimits
  /** The other end's HELLO has come: the path carries data. */
  live = false
  /** The other end's life on this path, 0 before its HELLO. */
  peerIncarnation = 0
  /** The one that our last HELLO here named, -1 before any. */
  said = -1
  /** The other end is known to have our HELLO, or sure to get it. */
  heard: boolean
  /** Control that waits to be pulled, a bit for each kind: a peer cannot make it grow. */
  due = 1 << HELLO
  /** What the PONG that is due has to echo. */
  pongToken = 0

  /** We sent LEAVE, they sent LEAVE, `drained` was reported. */
  left = false
  peerLeft = false
  drained = false

  /** Frames last sent here that the other end is not known to have. */
  unseen = 0
  /** The latest transmission on this path that is known to have arrived. */
  seenTx = 0
  /** When to ask again, by HELLO until it is heard, and then by PING; lossy paths only. */
  askAt = Number.POSITIVE_INFINITY
  /** How often in a row asking found silence. */
  tails = 0
  /** The token of the latest PING, and when it left. */
  pingToken = -1
  pingAt = 0
  /** The smoothed round trip and its variation, undefined before any was measured. */
  rttMs: number | undefined
  #varMs = 0

  constructor(init: PathInit, limits: FrameLimits) {
    this.id = init.id
    this.lossy = init.mode === 'lossy'
    this.heard = !this.lossy
    this.limits = init.limits ?? limits
  }

  /** The control that may be sent now, a bit for each kind. */
  debt(works: boolean): number {
    return this.live && works ? this.due : this.due & EARLY
  }

  /** Takes the first kind of it. */
  pay(works: boolean): FrameKind {
    const debt = this.debt(works)
    const kind = 31 - Math.clz32(debt & -debt)
    this.due &= ~(1 << kind)
    return kind as FrameKind
  }

  /** Something new was acknowledged: silence is counted from now on. */
  progress(): void {
    this.tails = 0
    this.askAt = Number.POSITIVE_INFINITY
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
