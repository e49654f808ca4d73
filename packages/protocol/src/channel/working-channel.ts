import { END, type FrameKind } from './frame-kind.ts'
import { LossyChannel } from './lossy-channel.ts'
import { NOTHING } from './receiving.ts'
import type { ChannelSnapshot, Delivery, Fault, Frame, SnapshotDelivery } from './types.ts'

/** A message between its arrival and its consumption, in a list by sequence number. */
interface Received<P> extends Delivery<P> {
  /** With the application: handed out, and not handed back. */
  out: boolean
  previous: Received<P> | undefined
  next: Received<P> | undefined
}

/** A {@link LossyChannel} that knows what the application is at work on, what came in vain, and when nothing more comes. */
export class WorkingChannel<P> extends LossyChannel<P> {
  /** {@link Channel.interrupted} */
  interrupted: readonly Delivery<P>[] = NOTHING
  /** The other end's direction has ended. */
  protected ended = false
  /** Received and not consumed, oldest first, and the first of it that was not handed out. */
  #head: Received<P> | undefined
  #tail: Received<P> | undefined
  #waiting: Received<P> | undefined

  /** {@link Channel.consumed} */
  get consumed(): number {
    return this.#head ? this.#head.seq - 1 : this.received
  }

  override next(): Delivery<P> | undefined {
    const item = this.#waiting
    if (item) {
      item.out = true
      this.#waiting = item.next
    }
    return item
  }

  /** {@link Channel.consume} */
  override consume(delivery: Delivery<P>): void {
    const item = delivery as Received<P>
    const { out, previous, next } = item
    if (!out) return
    item.out = false
    if (previous) previous.next = next
    else this.#head = next
    if (next) next.previous = previous
    else this.#tail = previous
    super.consume(item)
  }

  override snapshot(): ChannelSnapshot<P> {
    const snapshot = super.snapshot()
    const pending: SnapshotDelivery<P>[] = []
    for (let item = this.#head; item; item = item.next) {
      const { seq, kind, payload, out } = item
      pending.push({ seq, kind, payload, out })
    }
    return { ...snapshot, pending, peerEnded: this.ended }
  }

  override restore(snapshot: ChannelSnapshot<P>): void {
    super.restore(snapshot)
    const { peerEnded = false, pending } = snapshot
    this.ended = peerEnded
    // what was out is the first of it, and is out again
    this.interrupted = pending.flatMap(({ out }) => (out && this.next()) || [])
  }

  protected override append(seq: number, kind: FrameKind, payload: P, bytes: number): void {
    const previous = this.#tail
    const item: Received<P> = { seq, kind, payload, bytes, out: false, previous, next: undefined }
    if (previous) previous.next = item
    else this.#head = item
    this.#tail = item
    this.#waiting ??= item
    if (kind !== END) return
    this.ended = true
    this.forget()
  }

  /** Nothing follows an END. What came before counts as dropped. */
  protected override accept(frame: Frame<P>, now: number): Fault | undefined {
    const { received, beyond } = this
    const held = beyond?.size
    const known = frame.seq + frame.payloads.length - 1 <= received
    const fault = this.ended && !known ? 'after-end' : super.accept(frame, now)
    if (!fault && received === this.received && held === this.beyond?.size) this.dropped += 1
    return fault
  }

  /** What was not handed out is given up, unless its receipt was acknowledged to somebody who cannot send it again. */
  protected override finish(state: 'frozen' | 'reset' | 'superseded' | 'state-lost'): void {
    super.finish(state)
    if (state !== 'state-lost') this.#waiting = undefined
  }
}
