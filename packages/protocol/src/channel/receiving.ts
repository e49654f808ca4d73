import { DATA, END, type FrameKind, WELCOME } from './frame-kind.ts'
import {
  AT_ONCE,
  DEFAULT_SPAN_MESSAGES,
  DEFAULT_WINDOW_BYTES,
  DEFAULT_WINDOW_MESSAGES,
  NEVER,
} from './limits.ts'
import type { Path } from './path.ts'
import type { Ack, ChannelSnapshot, Delivery, Frame, Measure, ReceivingSnapshot } from './types.ts'

export const NOTHING: readonly never[] = []

/** A rule of the sequence that a frame broke: the reason of a violation. */
export type Fault = 'welcome' | 'after-end' | 'span' | 'credit'

/** A message between its arrival and its consumption, in a list by sequence number. */
interface Received<P> extends Delivery<P> {
  readonly bytes: number
  /** With the application: handed out, and not handed back. */
  out: boolean
  previous: Received<P> | undefined
  next: Received<P> | undefined
}

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
  /** {@link Channel.dropped} */
  dropped = 0
  /** {@link Channel.interrupted} */
  interrupted: readonly Delivery<P>[] = NOTHING
  protected readonly measure: Measure<P>
  protected windowMessages: number = DEFAULT_WINDOW_MESSAGES
  protected windowBytes: number = DEFAULT_WINDOW_BYTES
  protected spanMessages: number = DEFAULT_SPAN_MESSAGES
  /** The other end's direction has ended. */
  protected ended = false
  /** The acknowledgement has something new to say: 1 when its time has come, {@link AT_ONCE} before. */
  protected ackDue = 0
  /** Until then it waits for data to ride on. */
  protected ackAt = NEVER
  /** Received and not consumed, oldest first, and the first of it that was not handed out. */
  protected head: Received<P> | undefined
  protected waiting: Received<P> | undefined
  /** Frames beyond a gap by their first sequence number; made when one comes. */
  protected beyond: Map<number, Frame<P>> | undefined

  // Since the beginning: what was received, what the application is done with (message 0 and END are no
  // messages here), and the credit that the other end was told.
  #tail: Received<P> | undefined
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
    const item = this.waiting
    if (item) {
      item.out = true
      this.waiting = item.next
    }
    return item
  }

  /** {@link Channel.consume} */
  consume(delivery: Delivery<P>): void {
    const item = delivery as Received<P>
    const { out, previous, next } = item
    if (!out) return
    item.out = false
    if (previous) previous.next = next
    else this.head = next
    if (next) next.previous = previous
    else this.#tail = previous
    this.#count(item, 1)
    // Credit follows consumption; when only half a window is left of what was told, the rest is told at once (CH-9).
    const messagesLeft = this.#toldMessages - this.#doneMessages
    const bytesLeft = this.#toldBytes - this.#doneBytes
    if (messagesLeft <= this.windowMessages / 2 || bytesLeft <= this.windowBytes / 2) this.ackDue = AT_ONCE
  }

  /** What was received, plain apart from the payloads (CH-17). */
  snapshot(): { readonly receiving: ReceivingSnapshot<P> } {
    const pending = []
    for (let item = this.head; item; item = item.next) {
      const { seq, kind, payload, out } = item
      pending.push({ seq, kind, payload, out })
    }
    return { receiving: { received: this.received, bytes: this.#bytes, ended: this.ended, pending } }
  }

  /** Goes on where a snapshot was taken. */
  restore({ receiving: { received, bytes, ended, pending } }: ChannelSnapshot<P>): void {
    this.received = received
    this.ended = ended
    this.#bytes = this.#doneBytes = bytes
    this.#doneMessages = Math.max(0, received)
    this.interrupted = pending
      .map(({ seq, kind, payload, out }) => this.#count(this.#append(seq, kind, payload, out), -1))
      .filter(({ out }) => out)
  }

  /** A frame of the sequence came in. @returns the rule that it breaks, if any */
  protected accept(frame: Frame<P>): Fault | undefined {
    const { kind, seq, payloads } = frame
    const { spanMessages, beyond } = this
    const last = seq + payloads.length - 1
    const ackDue = this.ackDue || 1
    this.ackDue = AT_ONCE
    if (last <= this.received || beyond?.has(seq)) {
      this.dropped += 1
      return undefined
    }
    // What exceeds the span or the credit came from a broken sender (CH-9, CH-10). Beyond a gap, one of the
    // held frames may be the one that overshoots the credit.
    const bytes = this.#bytes + this.#beyondBytes - this.#largestBeyond
    if ((kind === WELCOME) !== (seq === 0)) return 'welcome'
    if (this.ended) return 'after-end'
    if (last > this.received + spanMessages || (beyond && beyond.size >= spanMessages)) return 'span'
    if (kind === DATA && (seq > this.#toldMessages || bytes >= this.#toldBytes)) return 'credit'
    if (seq > this.received + 1) this.#hold(frame)
    else {
      for (let next: Frame<P> | undefined = frame; next; next = this.#unhold()) this.#take(next)
      this.ackDue = ackDue
    }
    return undefined
  }

  /**
   * What to tell the other end now. On a path that is not live nobody knows
   * who will read it: perhaps an earlier life. So that does not count as told,
   * except for the credit that everything begins with.
   */
  protected ack({ live }: Path): Ack {
    if (live) {
      this.ackDue = 0
      this.ackAt = NEVER
    }
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

  #append(seq: number, kind: FrameKind, payload: P, out: boolean): Received<P> {
    const previous = this.#tail
    const bytes = this.#weigh(kind, payload)
    const item: Received<P> = { seq, kind, payload, bytes, out, previous, next: undefined }
    if (previous) previous.next = item
    else this.head = item
    this.#tail = item
    if (!out) this.waiting ??= item
    return item
  }

  #count(item: Received<P>, sign: 1 | -1): Received<P> {
    if (item.kind === DATA) this.#doneMessages += sign
    this.#doneBytes += sign * item.bytes
    return item
  }

  /** In order: what is new of it is handed out. Nothing follows an END. */
  #take({ kind, seq, payloads }: Frame<P>): void {
    for (let i = this.received + 1 - seq; i < payloads.length; i++) {
      this.received += 1
      this.#bytes += this.#append(this.received, kind, payloads[i] as P, false).bytes
    }
    if (kind === END) {
      this.ended = true
      this.forget()
    }
  }

  #hold(frame: Frame<P>): void {
    const bytes = this.#bytesOf(frame)
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
      this.#beyondBytes -= this.#bytesOf(frame)
      if (beyond.size === 0) this.forget()
    }
    return frame
  }

  #bytesOf({ kind, payloads }: Frame<P>): number {
    let bytes = 0
    for (const payload of payloads) bytes += this.#weigh(kind, payload)
    return bytes
  }

  #weigh(kind: FrameKind, payload: P): number {
    return kind === DATA ? this.measure.bytes(payload) : 0
  }
}
