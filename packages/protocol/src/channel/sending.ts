import { StarError } from '../errors.ts'
import { DATA } from './frame-kind.ts'
import {
  DEFAULT_BACKLOG_BYTES,
  DEFAULT_BACKLOG_MESSAGES,
  DEFAULT_FRAME_ATTACHMENTS,
  DEFAULT_FRAME_BYTES,
  DEFAULT_FRAME_MESSAGES,
  NEVER,
  OWED_MESSAGES,
} from './limits.ts'
import type { Path } from './path.ts'
import { Receiving } from './receiving.ts'
import type {
  Ack,
  ChannelSnapshot,
  Fault,
  OutgoingFrame,
  Owed,
  ReceivingSnapshot,
  SendingSnapshot,
} from './types.ts'

/** The sending half of a Channel: what was accepted, how it is cut, and how much of it may be sent. */
export class Sending<P> extends Receiving<P> {
  /** This life has not ended: after that inputs do nothing. */
  protected works = true
  /** {@link Channel.frameBytes} */
  frameBytes: number = DEFAULT_FRAME_BYTES
  protected frameMessages: number = DEFAULT_FRAME_MESSAGES
  protected frameAttachments: number = DEFAULT_FRAME_ATTACHMENTS
  /** {@link Channel.sent} */
  sent = 0
  /** {@link Channel.acked} */
  acked = 0
  /** {@link Channel.at} */
  at = 0
  protected backlogMessages: number = DEFAULT_BACKLOG_MESSAGES
  protected backlogBytes: number = DEFAULT_BACKLOG_BYTES
  /** What the other end has in order; after its restore less than before. */
  protected reached = 0
  /** `send` answered false and `drain` has not been reported. */
  slow = false
  /** {@link Channel.largeBytes} */
  largeBytes = 0
  /** What was accepted and is not acknowledged, in order. */
  protected messages: P[] = []
  /** The path on which everything up to {@link at} is under way. */
  protected carrier: Path | undefined

  // Since the beginning: what was accepted, what was acknowledged, what is under way, and what credit allows. It begins
  // with what message 0 takes (CH-9).
  #bytes = 0
  #ackedBytes = 0
  #atBytes = 0
  #creditBytes = 1
  #creditMessages = 0

  /** {@link Channel.accepted} */
  get accepted(): number {
    return this.acked + this.messages.length
  }

  /** {@link Channel.bufferedMessages} */
  get bufferedMessages(): number {
    return this.messages.length
  }

  /** {@link Channel.bufferedBytes} */
  get bufferedBytes(): number {
    return this.#bytes - this.#ackedBytes
  }

  /** {@link Channel.send}; when this life has ended it is {@link unacknowledged} like what was accepted before. */
  send(payload: P, owed: Owed | 1 = 1): boolean {
    const bytes = this.measure.bytes(payload)
    const most = this.backlogMessages + (owed - 1 && OWED_MESSAGES + this.windowMessages)
    if (this.bufferedMessages >= most || this.bufferedBytes + bytes > this.backlogBytes * owed) {
      throw new StarError('ERR_BACKLOG')
    }
    this.push(payload)
    this.slow ||= !this.fits
    return !this.slow
  }

  /** {@link Channel.unacknowledged} */
  unacknowledged(): P[] {
    return [...this.messages]
  }

  /** Takes back what was accepted after a message and was not sent yet. */
  recall(accepted: number): P[] {
    const payloads = this.messages.splice(Math.max(accepted, this.sent) - this.acked)
    for (const payload of payloads) this.#bytes -= this.measure.bytes(payload)
    return payloads
  }

  override snapshot(): ReceivingSnapshot<P> & SendingSnapshot<P> {
    const { sent, acked, messages } = this
    return { ...super.snapshot(), sent, acked, ackedBytes: this.#ackedBytes, messages: [...messages] }
  }

  override restore(snapshot: ChannelSnapshot<P>): void {
    const { sent, acked, ackedBytes, messages } = snapshot
    super.restore(snapshot)
    this.sent = sent
    this.acked = this.reached = acked
    this.#bytes = this.#ackedBytes = ackedBytes
    for (const payload of messages) this.push(payload)
    this.goBack()
    // Credit is not known before the other end is heard: the application waits for `drain`.
    this.slow = true
  }

  /** One more is accepted. */
  protected push(payload: P): void {
    this.#bytes += this.measure.bytes(payload)
    this.messages.push(payload)
  }

  /** Everything accepted fits the credit. Before message 0 there is none (CH-5). */
  protected get fits(): boolean {
    return this.received >= 0 && this.accepted <= this.#creditMessages && this.#bytes <= this.#creditBytes
  }

  /** The last number that may be sent now. */
  protected get limit(): number {
    return this.#creditMessages
  }

  /** The next frame of the sequence leaves on a path, if there is one. */
  protected transmit(path: Path, _now: number): OutgoingFrame<P> | undefined {
    // Before message 0 nothing is sent (CH-5).
    if (this.received < 0) return undefined
    // There is no gap on a path: it begins with what the other end has not (CH-12).
    if (path !== this.carrier) this.goBack()
    this.carrier = path
    const { at, acked, frameAttachments, measure, messages } = this
    const most = Math.min(this.limit, at + this.frameMessages, this.accepted)
    const mostBytes = this.#atBytes + this.frameBytes
    let attachments = 0
    while (this.at < most && this.#atBytes < this.#creditBytes) {
      const payload = messages[this.at - acked] as P
      const bytes = measure.bytes(payload)
      attachments += measure.attachments?.(payload) ?? 0
      const isTooMuch = this.#atBytes + bytes > mostBytes || attachments > frameAttachments
      if (isTooMuch && this.at > at) break
      this.#pass(bytes)
    }
    this.sent = Math.max(this.sent, this.at)
    return this.at > at ? this.frame(path, at, this.at) : undefined
  }

  /** The messages that follow a number, up to another one. */
  protected frame(path: Path, after: number, last: number): OutgoingFrame<P> {
    const payloads = this.messages.slice(after - this.acked, last - this.acked)
    const ack = this.ackAt < NEVER ? this.ack(path) : undefined
    return { path: path.id, kind: DATA, seq: after + 1, payloads, ack, hello: undefined }
  }

  /** @returns the rule that it breaks, if it claims what was never sent */
  protected acknowledge(
    [received, acked, creditMessages, creditBytes]: Ack,
    _from: Path,
    _now: number,
  ): Fault | undefined {
    if (received > this.sent || acked > received) return 'ack'
    this.#creditMessages = Math.max(this.#creditMessages, creditMessages)
    this.#creditBytes = Math.max(this.#creditBytes, creditBytes)
    this.reached = Math.max(this.reached, received)
    // what came on another path
    this.#skip()
    // none where that is less than was said before
    const forgotten = this.messages.splice(0, acked - this.acked)
    for (const payload of forgotten) {
      const bytes = this.measure.bytes(payload)
      this.#ackedBytes += bytes
      if (bytes > DEFAULT_FRAME_BYTES) this.largeBytes -= bytes
    }
    this.acked += forgotten.length
    return undefined
  }

  /** What the other end has not is sent next, for the first time or again. */
  protected goBack(): void {
    this.at = this.acked
    this.#atBytes = this.#ackedBytes
    this.largeBytes = 0
    this.#skip()
  }

  /** The other end was restored, and its paths are closed: only what it says next counts, credit included. */
  protected rewind(): void {
    this.reached = this.acked
    this.#creditMessages = this.#creditBytes = 0
  }

  /** What the other end has need not be sent. */
  #skip(): void {
    while (this.at < this.reached) this.#pass(this.measure.bytes(this.messages[this.at - this.acked] as P))
  }

  /** One more message is under way, or was. */
  #pass(bytes: number): void {
    this.at += 1
    this.#atBytes += bytes
    if (bytes > DEFAULT_FRAME_BYTES) this.largeBytes += bytes
  }
}
