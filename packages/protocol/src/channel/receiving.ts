import { DATA, END, type FrameKind, WELCOME } from './frame-kind.ts'
import type { Settings } from './settings.ts'
import type { Ack, Delivery, Frame, ReceivingSnapshot } from './types.ts'

/** An acknowledgement that does not wait. */
export const AT_ONCE = 2
export const NEVER = Number.POSITIVE_INFINITY

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
  /** {@link Channel.received} */
  received: number
  /** {@link Channel.dropped} */
  dropped = 0
  /** {@link Channel.interrupted} */
  interrupted: readonly Delivery<P>[] = NOTHING
  protected readonly settings: Settings<P>
  /** The other end's direction has ended. */
  protected ended = false
  /** The acknowledgement has something new to say: 1 when its time has come, {@link AT_ONCE} before. */
  protected ackDue = 0
  /** Until then it waits for data to ride on. */
  protected ackAt = NEVER
  /** Frames beyond a gap by their first sequence number; made when one comes. */
  protected beyond: Map<number, Frame<P>> | undefined

  // Since the beginning: what was received, what the application is done with (message 0 and END are no
  // messages here), and the credit that the other end was told.
  #bytes = 0
  #doneMessages = 0
  #doneBytes = 0
  #toldMessages = 0
  #toldBytes = 0
  /** Received and not consumed, oldest first, and the first of it that was not handed out. */
  #head: Received<P> | undefined
  #tail: Received<P> | undefined
  #waiting: Received<P> | undefined
  #beyondBytes = 0
  #largestBeyond = 0

  constructor(settings: Settings<P>) {
    this.settings = settings
    this.received = settings.welcome === 'expects' ? -1 : 0
  }

  /** {@link Channel.consumed} */
  get consumed(): number {
    return this.#head ? this.#head.seq - 1 : this.received
  }

  /** {@link Channel.next} */
  next(): Delivery<P> | undefined {
    const item = this.#waiting
    if (item) {
      item.out = true
      this.#waiting = item.next
    }
    return item
  }

  /** {@link Channel.consume} */
  consume(delivery: Delivery<P>): void {
    const item = delivery as Received<P>
    if (!item.out) return
    item.out = false
    if (item.previous) item.previous.next = item.next
    else this.#head = item.next
    if (item.next) item.next.previous = item.previous
    else this.#tail = item.previous
    this.#count(item, 1)
    this.grant()
  }

  /** A frame of the sequence came in. @returns the rule that it breaks, if any */
  protected accept(frame: Frame<P>): Fault | undefined {
    const { seq, payloads } = frame
    const last = seq + payloads.length - 1
    let fault: Fault | undefined
    this.ackDue ||= 1
    if (last <= this.received || this.beyond?.has(seq)) this.dropped += 1
    else {
      fault = this.faultOf(frame, last)
      if (!fault && seq <= this.received + 1) {
        for (let next: Frame<P> | undefined = frame; next; next = this.#unhold()) this.#take(next)
        return undefined
      }
      if (!fault) this.#hold(frame)
    }
    this.ackDue = AT_ONCE
    return fault
  }

  /** What exceeds the span or the credit came from a broken sender (CH-9, CH-10). */
  protected faultOf({ kind, seq }: Frame<P>, last: number): Fault | undefined {
    const { spanMessages } = this.settings
    if ((kind === WELCOME) !== (seq === 0)) return 'welcome'
    if (this.ended) return 'after-end'
    if (last > this.received + spanMessages || (this.beyond?.size ?? 0) >= spanMessages) return 'span'
    // Beyond a gap, one of the held frames may be the one that overshoots the credit.
    const bytes = this.#bytes + this.#beyondBytes - this.#largestBeyond
    return kind === DATA && (seq > this.#toldMessages || bytes >= this.#toldBytes) ? 'credit' : undefined
  }

  /**
   * What to tell the other end now. On a path that is not live nobody knows
   * who will read it: perhaps an earlier life. So that does not count as told,
   * except for the credit that everything begins with.
   */
  protected told(live: boolean): Ack {
    const { windowMessages, windowBytes } = this.settings
    if (live) {
      this.ackDue = 0
      this.ackAt = NEVER
    }
    if (live || this.#toldBytes === 0) {
      const messages = Math.min(this.#doneMessages + windowMessages, Number.MAX_SAFE_INTEGER)
      this.#toldMessages = Math.max(this.#toldMessages, messages)
      this.#toldBytes = Math.max(this.#toldBytes, this.#doneBytes + windowBytes)
    }
    return [this.received, this.received, this.#toldMessages, this.#toldBytes]
  }

  /** Credit follows consumption; when only half a window is left of what was told, the rest is told at once (CH-9). */
  protected grant(): void {
    const { windowMessages, windowBytes } = this.settings
    const messagesLeft = this.#toldMessages - this.#doneMessages
    if (messagesLeft <= windowMessages / 2 || this.#toldBytes - this.#doneBytes <= windowBytes / 2) {
      this.ackDue = AT_ONCE
    }
  }

  /** Nothing more is handed out. */
  protected drop(): void {
    this.#waiting = undefined
  }

  /** What came beyond a gap counts no more. */
  protected forgetBeyond(): void {
    this.beyond = undefined
    this.#beyondBytes = this.#largestBeyond = 0
  }

  protected snapshotReceiving(): ReceivingSnapshot<P> {
    const pending = []
    for (let item = this.#head; item; item = item.next) {
      const { seq, kind, payload, out } = item
      pending.push({ seq, kind, payload, out })
    }
    return { received: this.received, bytes: this.#bytes, ended: this.ended, pending }
  }

  protected restoreReceiving({ received, bytes, ended, pending }: ReceivingSnapshot<P>): void {
    this.received = received
    this.ended = ended
    this.#bytes = this.#doneBytes = bytes
    this.#doneMessages = Math.max(0, received)
    const items = pending.map(({ seq, kind, payload, out }) => this.#append(seq, kind, payload, out))
    for (const item of items) this.#count(item, -1)
    this.interrupted = items.filter(({ out }) => out)
  }

  #append(seq: number, kind: FrameKind, payload: P, out: boolean): Received<P> {
    const bytes = kind === DATA ? this.settings.measure.bytes(payload) : 0
    const item: Received<P> = { seq, kind, payload, bytes, out, previous: this.#tail, next: undefined }
    if (this.#tail) this.#tail.next = item
    else this.#head = item
    this.#tail = item
    if (!out) this.#waiting ??= item
    return item
  }

  #count({ kind, bytes }: Received<P>, sign: 1 | -1): void {
    if (kind === DATA) this.#doneMessages += sign
    this.#doneBytes += sign * bytes
  }

  /** In order: what is new of it is handed out. Nothing follows an END. */
  #take({ kind, seq, payloads }: Frame<P>): void {
    for (let i = this.received + 1 - seq; i < payloads.length; i++) {
      this.received += 1
      this.#bytes += this.#append(this.received, kind, payloads[i] as P, false).bytes
    }
    if (kind === END) {
      this.ended = true
      this.forgetBeyond()
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
    const frame = this.beyond?.get(this.received + 1)
    if (frame) {
      this.beyond?.delete(frame.seq)
      this.#beyondBytes -= this.#bytesOf(frame)
      if (this.beyond?.size === 0) this.forgetBeyond()
    }
    return frame
  }

  #bytesOf({ kind, payloads }: Frame<P>): number {
    let bytes = 0
    if (kind === DATA) for (const payload of payloads) bytes += this.settings.measure.bytes(payload)
    return bytes
  }
}

const NOTHING: readonly never[] = []
