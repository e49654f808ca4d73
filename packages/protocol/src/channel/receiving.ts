import { DATA, type FrameKind, WELCOME } from './frame-kind.ts'
import {
  AT_ONCE,
  DEFAULT_ACK_DELAY_MS,
  DEFAULT_SPAN_MESSAGES,
  DEFAULT_WINDOW_BYTES,
  DEFAULT_WINDOW_MESSAGES,
  NEVER,
} from './limits.ts'
import type { Path } from './path.ts'
import type { Ack, ChannelSnapshot, Delivery, Fault, Frame, Measure, ReceivingSnapshot } from './types.ts'

export const NOTHING: readonly never[] = []

/**
 * The receiving half of a Channel: puts frames in order, hands messages out,
 * takes them back, and knows what to acknowledge and how much more to allow.
 *
 * A Channel is one object, written in layers, each of which knows only those
 * below it: this one, then what it sends, then its paths and lives.
 */
export class Receiving<P> {
  /** {@link Channel.received}; -1 before message 0, where one is expected. */
  received = -1
  protected readonly measure: Measure<P>
  protected windowMessages: number = DEFAULT_WINDOW_MESSAGES
  protected windowBytes: number = DEFAULT_WINDOW_BYTES
  protected spanMessages: number = DEFAULT_SPAN_MESSAGES
  protected ackDelayMs: number = DEFAULT_ACK_DELAY_MS
  /** Until then what the acknowledgement has to say waits for data to ride on; {@link AT_ONCE} once that is over. */
  protected ackAt = NEVER
  /** Frames beyond a gap by their first sequence number; made when one comes. */
  protected beyond: Map<number, Frame<P>> | undefined

  /** In order; what stands before the first that was not handed out is let go of with the last. */
  readonly #waiting: Delivery<P>[] = []
  #first = 0
  // Since the beginning: what was received, what the application is done with (message 0 and END are no
  // messages here), and the credit that the other end was told.
  #bytes = 0
  #doneMessages = 0
  #doneBytes = 0
  #toldMessages = 0
  #toldBytes = 0
  #beyondBytes = 0
  #largestBeyond = 0

  constructor(measure: Measure<P>) {
    this.measure = measure
  }

  /** {@link Channel.next} */
  next(): Delivery<P> | undefined {
    const delivery = this.#waiting[this.#first++]
    if (!delivery) this.#first = this.#waiting.length = 0
    return delivery
  }

  /** {@link Channel.consume}, once for each. */
  consume(delivery: Delivery<P>): void {
    this.count(delivery, 1)
    // Credit follows consumption; when only half a window is left of what was told, the rest is told at once (CH-9).
    const messagesLeft = this.#toldMessages - this.#doneMessages
    const bytesLeft = this.#toldBytes - this.#doneBytes
    if (messagesLeft <= this.windowMessages / 2 || bytesLeft <= this.windowBytes / 2) this.ackAt = AT_ONCE
  }

  /** What was received (CH-17). What was handed out is not in it: to a later life that is consumed. */
  snapshot(): { readonly receiving: ReceivingSnapshot<P> } {
    const pending = this.#waiting.slice(this.#first).map((each) => ({ ...each, out: false }))
    return { receiving: { received: this.received, bytes: this.#bytes, ended: false, pending } }
  }

  /** Goes on where a snapshot was taken. */
  restore({ receiving: { received, bytes, pending } }: ChannelSnapshot<P>): void {
    this.received = received
    this.#bytes = this.#doneBytes = bytes
    this.#doneMessages = Math.max(0, received)
    for (const each of pending) {
      this.append(each.seq, each.kind, each.payload)
      this.count(each, -1)
    }
  }

  /** The application is done with one more message, or with one less. */
  protected count({ kind, payload }: Delivery<P>, sign: 1 | -1): void {
    if (kind !== DATA) return
    this.#doneMessages += sign
    this.#doneBytes += sign * this.measure.bytes(payload)
  }

  /** The next one in order is to be handed out. */
  protected append(seq: number, kind: FrameKind, payload: P): void {
    this.#waiting.push({ seq, kind, payload })
  }

  /** A frame of the sequence came in. @returns the rule that it breaks, if any */
  protected accept(frame: Frame<P>, now: number): Fault | undefined {
    const { kind, seq, payloads } = frame
    const { ackAt, beyond, received, spanMessages } = this
    const last = seq + payloads.length - 1
    this.ackAt = AT_ONCE
    if (last <= received || beyond?.has(seq)) return undefined
    // What exceeds the span or the credit came from a broken sender (CH-9, CH-10). Beyond a gap, one of the
    // held frames may be the one that overshoots the credit.
    const bytes = this.#bytes + this.#beyondBytes - this.#largestBeyond
    if ((kind === WELCOME) !== (seq === 0)) return 'welcome'
    if (last > received + spanMessages || (beyond && beyond.size >= spanMessages)) return 'span'
    if (kind === DATA && (seq > this.#toldMessages || bytes >= this.#toldBytes)) return 'credit'
    if (seq > received + 1) this.#hold(frame)
    else {
      for (let next: Frame<P> | undefined = frame; next; next = this.#unhold()) this.#take(next)
      this.ackAt = Math.min(ackAt, now + this.ackDelayMs)
    }
    return undefined
  }

  /**
   * What to tell the other end now. On a path that is not live nobody knows
   * who will read it: perhaps an earlier life. So that does not count as told,
   * except for the credit that everything begins with.
   */
  protected ack({ live }: Path): Ack {
    if (live) this.ackAt = NEVER
    if (live || this.#toldBytes === 0) {
      this.#toldMessages = Math.max(this.#toldMessages, this.#doneMessages + this.windowMessages)
      this.#toldBytes = Math.max(this.#toldBytes, this.#doneBytes + this.windowBytes)
    }
    return [this.received, this.received, this.#toldMessages, this.#toldBytes]
  }

  /** What came beyond a gap counts no more. */
  protected forget(): void {
    this.beyond = undefined
    this.#beyondBytes = this.#largestBeyond = 0
  }

  /** In order: what is new of it is handed out. */
  #take({ kind, seq, payloads }: Frame<P>): void {
    for (let i = this.received + 1 - seq; i < payloads.length; i++) {
      const payload = payloads[i] as P
      if (kind === DATA) this.#bytes += this.measure.bytes(payload)
      this.append(++this.received, kind, payload)
    }
  }

  #hold(frame: Frame<P>): void {
    const bytes = this.#weigh(frame)
    this.beyond ??= new Map()
    this.beyond.set(frame.seq, frame)
    this.#beyondBytes += bytes
    this.#largestBeyond = Math.max(this.#largestBeyond, bytes)
  }

  /** The held frame that is next, if it has come. */
  #unhold(): Frame<P> | undefined {
    const { beyond } = this
    const frame = beyond?.get(this.received + 1)
    if (beyond && frame) {
      beyond.delete(frame.seq)
      this.#beyondBytes -= this.#weigh(frame)
      if (beyond.size === 0) this.forget()
    }
    return frame
  }

  #weigh({ kind, payloads }: Frame<P>): number {
    let bytes = 0
    if (kind === DATA) for (const payload of payloads) bytes += this.measure.bytes(payload)
    return bytes
  }
}
