import { DATA, END, WELCOME } from './frame-kind.ts'
import { MAX_RANGES } from './limits.ts'
import type { Received } from './received.ts'
import type { Settings } from './settings.ts'
import type { Ack, Delivery, Frame, ReceivingSnapshot } from './types.ts'

/** What became of a frame: `next` was in order, `beyond` a gap, `doubled` known already; the others break the rules. */
export type Verdict = 'next' | 'beyond' | 'doubled' | 'welcome' | 'after-end' | 'span' | 'credit'

/** An acknowledgement that does not wait. */
export const AT_ONCE = 2

/**
 * The receiving half of a Channel: puts frames in order, hands messages out,
 * takes them back, and knows what to acknowledge and how much more to allow.
 */
export class Inbox<P> {
  received: number
  committed: number
  ended = false
  /** The acknowledgement has something new to say: 1 when its time has come, {@link AT_ONCE} before. */
  ackDue = 0

  readonly #settings: Settings<P>
  #receivedBytes = 0
  /** Of what was received and not consumed. Message 0 and END are no messages here. */
  #heldMessages = 0
  #heldBytes = 0
  /** The credit that the other end was told. */
  #toldMessages = 0
  #toldBytes = 0
  /** Received and not consumed, oldest first, and the first of it that was not handed out. */
  #head: Received<P> | undefined
  #tail: Received<P> | undefined
  #waiting: Received<P> | undefined
  /** Frames beyond a gap by their first sequence number; made when one comes. */
  #beyond: Map<number, Frame<P>> | undefined
  #beyondBytes = 0
  #largestBeyond = 0

  constructor(settings: Settings<P>) {
    this.#settings = settings
    this.received = this.committed = settings.welcome === 'expects' ? -1 : 0
  }

  get consumed(): number {
    return this.#head ? this.#head.seq - 1 : this.received
  }

  /** A frame of the sequence came in. */
  accept(frame: Frame<P>): Verdict {
    const verdict = this.check(frame, frame.seq + frame.payloads.length - 1)
    if (verdict === 'next') {
      this.#take(frame)
      for (let held = this.#unhold(); held; held = this.#unhold()) this.#take(held)
    } else {
      if (verdict === 'beyond') this.#hold(frame)
      this.ackDue = AT_ONCE
    }
    this.ackDue ||= 1
    return verdict
  }

  /** Where a frame belongs. What exceeds the span or the credit came from a broken sender (CH-9, CH-10). */
  protected check({ kind, seq }: Frame<P>, last: number): Verdict {
    const { spanMessages } = this.#settings
    if (last <= this.received || this.#beyond?.has(seq)) return 'doubled'
    if ((kind === WELCOME) !== (seq === 0)) return 'welcome'
    if (this.ended) return 'after-end'
    if (last > this.received + spanMessages || (this.#beyond?.size ?? 0) >= spanMessages) return 'span'
    // Beyond a gap, one of the held frames may be the one that overshoots the credit.
    const bytes = this.#receivedBytes + this.#beyondBytes - this.#largestBeyond
    if (kind === DATA && (seq > this.#toldMessages || bytes >= this.#toldBytes)) return 'credit'
    return seq > this.received + 1 ? 'beyond' : 'next'
  }

  next(): Received<P> | undefined {
    const item = this.#waiting
    if (item) {
      item.out = true
      this.#waiting = item.next
    }
    return item
  }

  consume(delivery: Delivery<P>): void {
    const item = delivery as Received<P>
    if (!item.out) return
    item.out = false
    if (item.previous) item.previous.next = item.next
    else this.#head = item.next
    if (item.next) item.next.previous = item.previous
    else this.#tail = item.previous
    this.#weigh(item, -1)
    this.#grant()
    if (this.#settings.ackOn === 'consumed') this.ackDue ||= 1
  }

  commit(received: number): void {
    if (received <= this.committed) return
    this.committed = Math.min(received, this.received)
    if (this.#settings.ackOn === 'committed') this.ackDue ||= 1
  }

  resizeWindow(messages: number, bytes: number): void {
    this.#settings.windowMessages = messages
    this.#settings.windowBytes = bytes
    this.#grant()
  }

  /**
   * What to tell the other end now. On a path that is not live nobody knows
   * who will read it: perhaps an earlier life. So that does not count as told,
   * except for the credit that everything begins with.
   */
  ack(live: boolean, withRanges: boolean): Ack {
    if (live) this.ackDue = 0
    if (live || this.#toldBytes === 0) {
      this.#toldMessages = Math.max(
        this.#toldMessages,
        Math.min(this.#messageCredit, Number.MAX_SAFE_INTEGER),
      )
      this.#toldBytes = Math.max(this.#toldBytes, this.#byteCredit)
    }
    const ack: Ack = [this.received, this[this.#settings.ackOn], this.#toldMessages, this.#toldBytes]
    return withRanges && this.#beyond?.size ? [...ack, ...this.#ranges(this.#beyond)] : ack
  }

  /** The other end was restored: what it sent beyond a gap before that may not be what it sends now (CH-15). */
  forgetBeyond(): void {
    this.#beyond = undefined
    this.#beyondBytes = this.#largestBeyond = 0
  }

  snapshot(): ReceivingSnapshot<P> {
    const pending = []
    for (let item = this.#head; item; item = item.next) {
      const { seq, kind, payload, out } = item
      pending.push({ seq, kind, payload, out })
    }
    return { received: this.received, bytes: this.#receivedBytes, ended: this.ended, pending }
  }

  /** @returns what had been handed out and was not consumed */
  restore({ received, bytes, ended, pending }: ReceivingSnapshot<P>): Received<P>[] {
    const items = pending.map((item) => this.#append(item, item.out))
    this.received = this.committed = received
    this.#receivedBytes = bytes
    this.ended = ended
    return items.filter(({ out }) => out)
  }

  #append({ seq, kind, payload }: Delivery<P>, out: boolean): Received<P> {
    const bytes = kind === DATA ? this.#settings.measure.bytes(payload) : 0
    const item: Received<P> = { seq, kind, payload, bytes, out, previous: this.#tail, next: undefined }
    if (this.#tail) this.#tail.next = item
    else this.#head = item
    this.#tail = item
    if (!out) this.#waiting ??= item
    this.#weigh(item, 1)
    return item
  }

  #weigh({ kind, bytes }: Received<P>, sign: 1 | -1): void {
    if (kind === DATA) this.#heldMessages += sign
    this.#heldBytes += sign * bytes
  }

  /** In order: what is new of it is handed out. */
  #take({ kind, seq, payloads }: Frame<P>): void {
    for (let i = this.received + 1 - seq; i < payloads.length; i++) {
      this.received += 1
      this.#receivedBytes += this.#append(
        { seq: this.received, kind, payload: payloads[i] as P },
        false,
      ).bytes
    }
    if (kind === END) this.ended = true
  }

  #hold(frame: Frame<P>): void {
    const bytes = this.#bytesOf(frame)
    this.#beyond ??= new Map()
    this.#beyond.set(frame.seq, frame)
    this.#beyondBytes += bytes
    this.#largestBeyond = Math.max(this.#largestBeyond, bytes)
  }

  /** The held frame that is next, if it has come. */
  #unhold(): Frame<P> | undefined {
    const frame = this.ended ? undefined : this.#beyond?.get(this.received + 1)
    if (frame) {
      this.#beyond?.delete(frame.seq)
      this.#beyondBytes -= this.#bytesOf(frame)
      if (this.#beyond?.size === 0) this.forgetBeyond()
    }
    return frame
  }

  #bytesOf({ kind, payloads }: Frame<P>): number {
    return kind === DATA
      ? payloads.reduce((sum, payload) => sum + this.#settings.measure.bytes(payload), 0)
      : 0
  }

  #ranges(beyond: Map<number, Frame<P>>): number[] {
    const ranges: number[] = []
    for (const { seq, payloads } of [...beyond.values()].sort((a, b) => a.seq - b.seq)) {
      if (ranges.at(-1) === seq - 1) ranges.pop()
      else ranges.push(seq)
      ranges.push(seq + payloads.length - 1)
    }
    return ranges.slice(0, 2 * MAX_RANGES)
  }

  /** Credit follows consumption (CH-9). */
  get #messageCredit(): number {
    return Math.max(0, this.received) - this.#heldMessages + this.#settings.windowMessages
  }

  get #byteCredit(): number {
    return this.#receivedBytes - this.#heldBytes + this.#settings.windowBytes
  }

  /** Half a window that was not told yet is worth a frame of its own (CH-9). */
  #grant(): void {
    const { windowMessages, windowBytes } = this.#settings
    if (
      this.#messageCredit - this.#toldMessages >= windowMessages / 2 ||
      this.#byteCredit - this.#toldBytes >= windowBytes / 2
    ) {
      this.ackDue = AT_ONCE
    }
  }
}
