import type { FrameKind } from './frame-kind.ts'
import {
  AT_ONCE,
  DEFAULT_ACK_DELAY_MS,
  DEFAULT_WINDOW_BYTES,
  DEFAULT_WINDOW_MESSAGES,
  NEVER,
} from './limits.ts'
import type { Path } from './path.ts'
import type { Ack, ChannelSnapshot, Delivery, Fault, Frame, Measure, ReceivingSnapshot } from './types.ts'

export const NOTHING: readonly never[] = []

/**
 * The receiving half of a Channel: takes what comes in order, hands messages
 * out, takes them back, and knows what to acknowledge and how much more to
 * allow.
 *
 * A Channel is one object, written in layers, each of which knows only those
 * below it: this one, then what it sends, then its paths and lives.
 */
export class Receiving<P> {
  /** {@link Channel.received}; -1 before message 0, where one is expected. */
  received: number
  protected readonly measure: Measure<P>
  protected windowMessages: number
  protected windowBytes: number
  protected ackDelayMs: number = DEFAULT_ACK_DELAY_MS
  /** Until then what the acknowledgement has to say waits for data to ride on; {@link AT_ONCE} once that is over. */
  protected ackAt = NEVER
  /** The path that carries what is new, once there is one that is live. */
  protected best: Path | undefined
  /** The credit that the other end was told. */
  protected toldMessages = 0
  protected toldBytes = 0

  /** In order; what stands before the first that was not handed out is let go of with the last. */
  readonly #waiting: Delivery<P>[] = []
  #first = 0
  // Since the beginning: what was received, and what the application is done with.
  #bytes = 0
  #doneMessages: number
  #doneBytes = 0

  constructor(
    measure: Measure<P>,
    windowMessages: number = DEFAULT_WINDOW_MESSAGES,
    windowBytes: number = DEFAULT_WINDOW_BYTES,
    received = -1,
  ) {
    this.measure = measure
    this.windowMessages = windowMessages
    this.windowBytes = windowBytes
    this.received = this.#doneMessages = received
    this.#grant()
  }

  /** {@link Channel.next} */
  next(): Delivery<P> | undefined {
    const delivery = this.#waiting[this.#first++]
    if (!delivery) this.#first = this.#waiting.length = 0
    return delivery
  }

  /** {@link Channel.consume}, once for each. */
  consume({ bytes }: Delivery<P>): void {
    this.#doneMessages += 1
    this.#doneBytes += bytes
    // Credit follows consumption; when only half a window is left of what was told, the rest is told at once (CH-9).
    const messagesLeft = this.toldMessages - this.#doneMessages
    const bytesLeft = this.toldBytes - this.#doneBytes
    if (messagesLeft <= this.windowMessages / 2 || bytesLeft <= this.windowBytes / 2) this.ackAt = AT_ONCE
  }

  /** What was received (CH-17). What was handed out is not in it: to a later life that is consumed. */
  snapshot(): ReceivingSnapshot<P> {
    const pending = this.#waiting.slice(this.#first)
    return { received: this.received, receivedBytes: this.#bytes, pending }
  }

  /** Goes on where a snapshot was taken. */
  restore({ received, receivedBytes, pending }: ChannelSnapshot<P>): void {
    this.received = this.#doneMessages = received
    this.#bytes = this.#doneBytes = receivedBytes
    for (const { seq, kind, payload } of pending) {
      const bytes = this.measure.bytes(payload)
      this.#doneMessages -= 1
      this.#doneBytes -= bytes
      this.append(seq, kind, payload, bytes)
    }
    this.#grant()
  }

  /** The next one in order is to be handed out. */
  protected append(seq: number, kind: FrameKind, payload: P, bytes: number): void {
    this.#waiting.push({ seq, kind, payload, bytes })
  }

  /** A frame of the sequence came in: what is new of it is handed out. @returns the rule that it breaks, if any */
  protected accept({ kind, seq, payloads }: Frame<P>, now: number): Fault | undefined {
    const { ackAt } = this
    this.ackAt = AT_ONCE
    const known = this.received + 1 - seq
    if (known >= payloads.length) return undefined
    // What exceeds the credit came from a broken sender (CH-9).
    if (seq > this.toldMessages || this.#bytes >= this.toldBytes) return 'credit'
    // beyond a gap: what is missing comes again, and so does this (CH-12)
    if (known < 0) return undefined
    for (let i = known; i < payloads.length; i++) {
      const payload = payloads[i] as P
      const bytes = this.measure.bytes(payload)
      this.#bytes += bytes
      this.append(++this.received, kind, payload, bytes)
    }
    this.ackAt = Math.min(ackAt, now + this.ackDelayMs)
    return undefined
  }

  /**
   * What to tell the other end now. On a path that is not live nobody knows
   * who will read it, perhaps an earlier life, and one that is left may be
   * dead: what is said there does not count as told.
   */
  protected ack(path: Path): Ack {
    if (path === this.best) {
      this.ackAt = NEVER
      this.#grant()
    }
    return [this.received, this.received, this.toldMessages, this.toldBytes]
  }

  /** The other end gets back the credit for what the application is done with; it never gets less (CH-9). */
  #grant(): void {
    this.toldMessages = Math.max(this.toldMessages, this.#doneMessages + this.windowMessages)
    this.toldBytes = Math.max(this.toldBytes, this.#doneBytes + this.windowBytes)
  }
}
