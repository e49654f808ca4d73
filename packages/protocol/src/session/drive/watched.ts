import { Liveness, type LivenessOutput } from '../liveness.ts'

/** How long an older socket of a session may be silent after a newer one took over, in milliseconds. */
const DRAIN_ANSWER_MS = 1_000
/** While something is outstanding it is looked that many times in `answerMs` whether bytes move. */
const LOOKS = 4

/** Times of {@link Watched}, in milliseconds. */
export interface WatchTimes {
  readonly heartbeatMs: number
  readonly answerMs: number
}

/** A socket that may carry a session and is watched for signs of life (PROTOCOL.md SES-9). */
export abstract class Watched {
  #times: WatchTimes
  #liveness: Liveness | undefined
  #heardAt = 0
  #lookedAt = 0
  #waitingBytes = 0
  #readBytes = 0
  /** An older socket of a session: until when it has to be heard. */
  #drainUntil = Number.POSITIVE_INFINITY

  constructor(times: WatchTimes) {
    this.#times = times
  }

  /** Bytes that wait to be sent, 0 where that cannot be seen. */
  protected abstract unsentBytes(): number
  /** Bytes that came in on the connection, 0 where that cannot be seen. */
  protected abstract readBytes(): number
  /** Whether our side does not read from the connection now, to hold a stream's sender back (PS-31), or holds others for it (PS-43). */
  protected abstract isHeld(): boolean

  /** It carries a session from now on; `times` when they changed. */
  carry(now: number, times: WatchTimes = this.#times): void {
    this.#times = times
    this.#liveness = new Liveness(now, { idleMs: times.heartbeatMs, answerMs: times.answerMs })
    this.#heardAt = now
    this.#drainUntil = Number.POSITIVE_INFINITY
  }

  /** A newer socket carries the session. */
  drain(now: number): void {
    this.#liveness = undefined
    // before the newer one is given up for what is still under way on this one
    this.#drainUntil = now + Math.min(DRAIN_ANSWER_MS, this.#times.answerMs / 2)
  }

  /** It is drained: whoever closes it may take the time. */
  drained(): void {
    this.#drainUntil = Number.POSITIVE_INFINITY
  }

  heard(now: number): void {
    this.#heardAt = now
    this.#liveness?.heard(now)
    if (this.#drainUntil !== Number.POSITIVE_INFINITY) this.#drainUntil = now + this.#times.answerMs
  }

  /** Something was sent. */
  protected sent(): void {
    this.#liveness?.sent()
  }

  /** Whether something waits for the other side's answer; `largeBytes` as {@link Liveness.outstanding} has it. */
  outstanding(now: number, is: boolean, largeBytes: number): void {
    if (is && !this.#waiting) this.#look(now)
    this.#liveness?.outstanding(now, is, largeBytes)
  }

  deadline(): number {
    const silence = Math.min(this.#drainUntil, this.#liveness?.deadline() ?? Number.POSITIVE_INFINITY)
    return this.#waiting ? Math.min(silence, this.#lookedAt + this.#times.answerMs / LOOKS) : silence
  }

  timeout(now: number): LivenessOutput | undefined {
    if (now >= this.#drainUntil) return 'timeout'
    if (this.#waiting) this.#look(now)
    const due = this.#liveness?.timeout(now)
    // from here on bytes that move are looked for
    if (due === 'heartbeat') this.#look(now)
    return due
  }

  get #waiting(): boolean {
    return this.#liveness?.waiting === true
  }

  /** Bytes that moved since the last look are a sign of life, of that time at least. */
  #look(now: number): void {
    const waiting = this.unsentBytes()
    const read = this.readBytes()
    if (this.#waiting && (read > this.#readBytes || waiting < this.#waitingBytes || this.isHeld())) {
      this.#liveness?.progress(Math.max(this.#heardAt, this.#lookedAt))
    }
    this.#lookedAt = now
    this.#waitingBytes = waiting
    this.#readBytes = read
  }
}
