import { DATA, END, WELCOME } from './frame-kind.ts'
import { MAX_RANGES } from './limits.ts'
import type { Received } from './received.ts'
import type { Settings } from './settings.ts'
import type { Ack, Delivery, Frame, ReceivingSnapshot } from './types.ts'

/** What became of a frame: `next` was in order, `beyond` a gap, `doubled` known already, or the reason why it breaks the rules. */
export type Verdict = 'next' | 'beyond' | 'doubled' | { readonly violation: string }

const NO_RANGES: readonly number[] = []

/**
 * The receiving half of a Channel: puts frames in order, hands messages out,
 * takes them back, and knows what to acknowledge and how much more to allow.
 */
export class Inbox<P> {
  received: number
  committed: number
  ended = false
  /** The acknowledgement has something new to say; at once, or when its time has come. */
  ackWanted = false
  ackUrgent = false

  readonly #settings: Settings<P>
  #windowMessages: number
  #windowBytes: number
  #receivedMessages = 0
  #receivedBytes = 0
  #consumedMessages = 0
  #consumedBytes = 0
  #creditMessages = 0
  #creditBytes = 0
  /** The credit that the other end was last told. */
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
    this.#windowMessages = settings.windowMessages
    this.#windowBytes = settings.windowBytes
    this.#grant()
  }

  get consumed(): number {
    return this.#head ? this.#head.seq - 1 : this.received
  }

  /** A frame of the sequence came in. */
  accept(frame: Frame<P>): Verdict {
    const { seq, payloads } = frame
    const last = seq + payloads.length - 1
    const verdict = this.check(frame, last)
    if (verdict === 'next') {
      this.#take(frame)
      for (let held = this.#unhold(); held; held = this.#unhold()) this.#take(held)
    } else if (verdict === 'beyond') this.#hold(frame)
    this.ackWanted = true
    if (verdict !== 'next') this.ackUrgent = true
    return verdict
  }

  /** Where a frame belongs. What exceeds the span or the credit came from a broken sender (CH-9, CH-10). */
  protected check({ kind, seq }: Frame<P>, last: number): Verdict {
    if (last <= this.received || this.#beyond?.has(seq)) return 'doubled'
    if ((kind === WELCOME) !== (seq === 0)) return { violation: 'welcome' }
    if (this.ended) return { violation: 'after-end' }
    const { spanMessages } = this.#settings
    if (last > this.received + spanMessages || (this.#beyond?.size ?? 0) >= spanMessages)
      return { violation: 'span' }
    // Beyond a gap, one of the held frames may be the one that overshoots the credit.
    const bytes = this.#receivedBytes + this.#beyondBytes - this.#largestBeyond
    if (kind === DATA && (this.#receivedMessages >= this.#creditMessages || bytes >= this.#creditBytes)) {
      return { violation: 'credit' }
    }
    return seq > this.received + 1 ? 'beyond' : 'next'
  }

  next(): Received<P> | undefined {
    const item = this.#waiting
    if (item) {
      item.state = 'delivered'
      this.#waiting = item.next
    }
    return item
  }

  consume(delivery: Delivery<P>): void {
    const item = delivery as Received<P>
    if (item.state !== 'delivered') return
    item.state = 'consumed'
    if (item.previous) item.previous.next = item.next
    else this.#head = item.next
    if (item.next) item.next.previous = item.previous
    else this.#tail = item.previous
    item.previous = item.next = undefined
    this.#consumedMessages += item.messages
    this.#consumedBytes += item.bytes
    this.#grant()
    if (this.#settings.ackOn === 'consumed') this.ackWanted = true
  }

  commit(received: number): void {
    if (received <= this.committed) return
    this.committed = Math.min(received, this.received)
    if (this.#settings.ackOn === 'committed') this.ackWanted = true
  }

  resizeWindow(messages: number, bytes: number): void {
    this.#windowMessages = messages
    this.#windowBytes = bytes
    this.#grant()
  }

  /** What to tell the other end now. */
  ack(withRanges: boolean): Ack {
    this.ackWanted = this.ackUrgent = false
    this.#toldMessages = this.#creditMessages
    this.#toldBytes = this.#creditBytes
    const { received } = this
    return {
      received,
      ack: this.#settings.ackOn === 'received' ? received : this[this.#settings.ackOn],
      creditMessages: this.#creditMessages,
      creditBytes: this.#creditBytes,
      ranges: withRanges && this.#beyond?.size ? this.#ranges(this.#beyond) : NO_RANGES,
    }
  }

  /** The other end was restored: what it sent beyond a gap before that may not be what it sends now (CH-15). */
  forgetBeyond(): void {
    this.#beyond = undefined
    this.#beyondBytes = this.#largestBeyond = 0
  }

  snapshot(): ReceivingSnapshot<P> {
    const pending = []
    for (let item = this.#head; item; item = item.next) {
      const { seq, kind, payload, state } = item
      pending.push({ seq, kind, payload, delivered: state === 'delivered' })
    }
    return {
      received: this.received,
      receivedMessages: this.#receivedMessages,
      receivedBytes: this.#receivedBytes,
      consumedMessages: this.#consumedMessages,
      consumedBytes: this.#consumedBytes,
      ended: this.ended,
      pending,
    }
  }

  /** @returns what had been handed out and was not consumed */
  restore(from: ReceivingSnapshot<P>): Received<P>[] {
    this.received = this.committed = from.received
    this.#receivedMessages = from.receivedMessages
    this.#receivedBytes = from.receivedBytes
    this.#consumedMessages = from.consumedMessages
    this.#consumedBytes = from.consumedBytes
    this.ended = from.ended
    const items = from.pending.map((item) => this.#append(item, item.delivered))
    this.#creditMessages = this.#creditBytes = 0
    this.#grant()
    return items.filter(({ state }) => state === 'delivered')
  }

  #append({ seq, kind, payload }: Delivery<P>, delivered = false): Received<P> {
    const { messagesOf, bytesOf } = this.#settings
    const item: Received<P> = {
      seq,
      kind,
      payload,
      messages: kind === DATA ? messagesOf(payload) : 0,
      bytes: kind === DATA ? bytesOf(payload) : 0,
      state: delivered ? 'delivered' : 'waiting',
      previous: this.#tail,
      next: undefined,
    }
    if (this.#tail) this.#tail.next = item
    else this.#head = item
    this.#tail = item
    if (!delivered) this.#waiting ??= item
    return item
  }

  /** In order: what is new of it is handed out. */
  #take({ kind, seq, payloads }: Frame<P>): void {
    for (let i = this.received + 1 - seq; i < payloads.length; i++) {
      this.received += 1
      const item = this.#append({ seq: this.received, kind, payload: payloads[i] as P })
      this.#receivedMessages += item.messages
      this.#receivedBytes += item.bytes
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
    if (!this.#beyond?.size || this.ended) return undefined
    const frame = this.#beyond.get(this.received + 1)
    if (!frame) return undefined
    this.#beyond.delete(frame.seq)
    this.#beyondBytes -= this.#bytesOf(frame)
    if (this.#beyond.size === 0) this.forgetBeyond()
    return frame
  }

  #bytesOf({ kind, payloads }: Frame<P>): number {
    return kind === DATA ? payloads.reduce((sum, payload) => sum + this.#settings.bytesOf(payload), 0) : 0
  }

  #ranges(beyond: Map<number, Frame<P>>): number[] {
    const ranges: number[] = []
    for (const { seq, payloads } of [...beyond.values()].sort((a, b) => a.seq - b.seq)) {
      const last = seq + payloads.length - 1
      if (ranges[ranges.length - 1] === seq - 1) ranges[ranges.length - 1] = last
      else if (ranges.length < 2 * MAX_RANGES) ranges.push(seq, last)
      else break
    }
    return ranges
  }

  /** Credit follows consumption; half a window that was not told yet is worth a frame of its own (CH-9). */
  #grant(): void {
    this.#creditMessages = Math.max(this.#creditMessages, this.#consumedMessages + this.#windowMessages)
    this.#creditBytes = Math.max(this.#creditBytes, this.#consumedBytes + this.#windowBytes)
    if (
      this.#creditMessages - this.#toldMessages >= this.#windowMessages / 2 ||
      this.#creditBytes - this.#toldBytes >= this.#windowBytes / 2
    ) {
      this.ackWanted = this.ackUrgent = true
    }
  }
}
