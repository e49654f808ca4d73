/**
 * Finds out that the other side of one socket is silent (PROTOCOL.md SES-9).
 *
 * While something is outstanding, `answerMs` without a sign of life is a
 * timeout. A sign of life is anything that was heard, and any byte that was
 * seen to move: a large message on a slow link is not silence. With nothing
 * outstanding, `idleMs` after the last sign of life a heartbeat goes out, which
 * is then outstanding itself. Whoever cannot answer yet (a large message is
 * still coming in, an acknowledgement waits for a disk) shows in time that it
 * lives: half of `answerMs` after it began to owe an answer.
 */

/** Idle time before a heartbeat, in milliseconds (SES-9). */
export const HEARTBEAT_MS = 30_000
/** Silence that is a timeout while something is outstanding, in milliseconds (SES-9). */
export const ANSWER_MS = 5_000
/**
 * Where bytes cannot be seen to move (a browser, a kernel's buffer), a large
 * message is taken to move at this speed, in bytes a second (SES-9).
 */
export const SLOW_LINK_BYTES_PER_SECOND = 65_536

/** Times in milliseconds; each may be left to its default. */
export interface LivenessOptions {
  readonly idleMs?: number
  readonly answerMs?: number
  readonly slowLinkBytesPerSecond?: number
}

/**
 * What a deadline that came asks for: `heartbeat`, which has to be answered;
 * `alive`, an acknowledgement that asks for nothing; `timeout`, close the engine.
 */
export type LivenessOutput = 'heartbeat' | 'alive' | 'timeout'

/** One socket's liveness. Times are the driver's, in milliseconds, from any origin. */
export class Liveness {
  readonly #idleMs: number
  readonly #answerMs: number
  readonly #bytesPerMs: number
  /** The last sign of life. */
  #moved: number
  #heartbeat: number | undefined
  #since: number | undefined
  #largeBytes = 0
  #owing: number | undefined

  /** Starts when the socket connects. */
  constructor(now: number, options: LivenessOptions = {}) {
    this.#idleMs = options.idleMs ?? HEARTBEAT_MS
    this.#answerMs = options.answerMs ?? ANSWER_MS
    this.#bytesPerMs = (options.slowLinkBytesPerSecond ?? SLOW_LINK_BYTES_PER_SECOND) / 1000
    this.#moved = now
  }

  /** Something arrived whole. It answers a heartbeat too. */
  heard(now: number): void {
    this.#moved = now
    this.#heartbeat = undefined
  }

  /** Bytes were seen to move: a message came in by a part, or our own backlog shrank. */
  progress(now: number): void {
    this.#moved = now
  }

  /**
   * Whether something waits for the other side: an unacknowledged message, a
   * ping. `largeBytes`: how much of it stands in messages too large for a
   * batch, 0 otherwise.
   */
  outstanding(now: number, is: boolean, largeBytes = 0): void {
    this.#since = is ? (this.#since ?? now) : undefined
    this.#largeBytes = is ? largeBytes : 0
  }

  /** The other side waits for something that does not leave yet. */
  owe(now: number): void {
    this.#owing ??= now
  }

  /** Anything was sent: the other side will hear it. */
  sent(): void {
    this.#owing = undefined
  }

  /** True while silence would become a timeout: a heartbeat, or something else, waits for the other side. */
  get waiting(): boolean {
    return this.#silent !== undefined
  }

  /** When {@link Liveness.timeout} has to be called. */
  deadline(): number {
    const owed = this.#owing === undefined ? Number.POSITIVE_INFINITY : this.#owing + this.#answerMs / 2
    return Math.min(owed, this.#silent ?? this.#moved + this.#idleMs)
  }

  /** What is due. A heartbeat that is asked for counts as sent: call {@link Liveness.deadline} again. */
  timeout(now: number): LivenessOutput | undefined {
    const silent = this.#silent
    if (silent !== undefined && now >= silent) return 'timeout'
    if (now < this.deadline()) return undefined
    this.#owing = undefined
    if (silent !== undefined || now < this.#moved + this.#idleMs) return 'alive'
    this.#heartbeat = now
    return 'heartbeat'
  }

  /** When silence becomes a timeout; undefined while nothing is outstanding. */
  get #silent(): number | undefined {
    const waiting =
      this.#heartbeat === undefined ? this.#since : Math.min(this.#heartbeat, this.#since ?? Infinity)
    if (waiting === undefined) return undefined
    return Math.max(this.#moved, waiting) + this.#answerMs + this.#largeBytes / this.#bytesPerMs
  }
}
