import { NEVER } from '../../channel/limits.ts'
import { LOOKS, SLOW_LINK_BYTES_PER_SECOND } from '../limits.ts'

/** Times of {@link Watched}, in milliseconds. */
export interface WatchTimes {
  readonly heartbeatMs: number
  readonly answerMs: number
}

/** What a deadline that came asks for: `heartbeat`, which has to be answered; `timeout`, close the engine. */
export type Due = 'heartbeat' | 'timeout'

/**
 * A socket that may carry a session, and finds out that the other side is
 * silent (PROTOCOL.md SES-9).
 *
 * While something is outstanding, `answerMs` without a sign of life is a
 * timeout. A sign of life is anything that was heard, and any byte that was
 * seen to move: a large message on a slow link is not silence. With nothing
 * outstanding, `heartbeatMs` after the last sign of life a heartbeat is due,
 * which is then outstanding itself. Times come from the driver, in
 * milliseconds, from any origin.
 */
export abstract class Watched {
  times: WatchTimes
  /** It carries a session, and a heartbeat is due after so long. */
  #idleMs = NEVER
  /** The last sign of life. */
  #moved = 0
  /** Since when a heartbeat, and anything else, waits for the other side. */
  #heartbeat = NEVER
  #since = NEVER
  #largeBytes = 0
  #lookedAt = 0
  #unsentBytes = 0
  #readBytes = 0

  constructor(times: WatchTimes) {
    this.times = times
  }

  /** Bytes that wait to be sent, 0 where that cannot be seen. */
  protected abstract unsentBytes(): number
  /** Bytes that came in on the connection, 0 where that cannot be seen. */
  protected abstract readBytes(): number
  /** Whether our side does not read from the connection now, to hold a stream's sender back (PS-31), or holds others for it (PS-43). */
  protected abstract isHeld(): boolean

  /** It carries a session from now on. */
  carry(now: number): void {
    this.#idleMs = this.times.heartbeatMs
    this.#moved = now
    this.#heartbeat = this.#since = NEVER
  }

  /** Something arrived whole. It answers a heartbeat too. */
  heard(now: number): void {
    this.#moved = now
    this.#heartbeat = NEVER
  }

  /**
   * Whether something waits for the other side: an unacknowledged message, a
   * ping. `largeBytes`: how much of it stands in messages too large for a
   * batch.
   */
  outstanding(now: number, is: boolean, largeBytes: number): void {
    if (is && !this.#waiting) this.#lookedAt = now
    this.#since = is ? Math.min(this.#since, now) : NEVER
    this.#largeBytes = largeBytes
  }

  /** When {@link Watched.timeout} has to be called. */
  deadline(): number {
    return this.#waiting
      ? Math.min(this.#silent, this.#lookedAt + this.times.answerMs / LOOKS)
      : this.#moved + this.#idleMs
  }

  /** What is due. A heartbeat that is asked for counts as sent: call {@link Watched.deadline} again. */
  timeout(now: number): Due | undefined {
    if (this.#waiting) this.#look(now)
    if (now >= this.#silent) return 'timeout'
    if (this.#waiting || now < this.#moved + this.#idleMs) return undefined
    // from here on bytes that move are looked for
    this.#heartbeat = this.#lookedAt = now
    return 'heartbeat'
  }

  get #waiting(): boolean {
    return this.#silent < NEVER
  }

  /** When silence becomes a timeout. */
  get #silent(): number {
    const since = Math.max(this.#moved, Math.min(this.#heartbeat, this.#since))
    return since + this.times.answerMs + (this.#largeBytes * 1_000) / SLOW_LINK_BYTES_PER_SECOND
  }

  /** Bytes that moved since the last look are a sign of life, of that time at least. */
  #look(now: number): void {
    const unsent = this.unsentBytes()
    const read = this.readBytes()
    if (read > this.#readBytes || unsent < this.#unsentBytes || this.isHeld()) {
      this.#moved = Math.max(this.#moved, this.#lookedAt)
    }
    this.#lookedAt = now
    this.#unsentBytes = unsent
    this.#readBytes = read
  }
}
