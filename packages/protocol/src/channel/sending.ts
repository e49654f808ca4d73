import { StarError } from '../errors.ts'
import type { Cut } from './cut.ts'
import { DATA, type FrameKind } from './frame-kind.ts'
import {
  DEFAULT_BACKLOG_BYTES,
  DEFAULT_BACKLOG_MESSAGES,
  DEFAULT_FRAME_BYTES,
  FRAME_LIMITS,
  NEVER,
  OWED_MESSAGES,
} from './limits.ts'
import type { Path } from './path.ts'
import { Receiving } from './receiving.ts'
import type { Ack, ChannelSnapshot, Fault, FrameLimits, Hello, OutgoingFrame, Owed } from './types.ts'

/** The sending half of a Channel: what was accepted, how it is cut, and how much of it may be sent. */
export class Sending<P> extends Receiving<P> {
  /** This life has not ended: after that inputs do nothing. */
  protected works = true
  /** {@link Channel.frameLimits} */
  frameLimits: FrameLimits = FRAME_LIMITS
  /** {@link Channel.accepted} */
  accepted = 0
  /** {@link Channel.sent} */
  sent = 0
  /** {@link Channel.acked} */
  acked = 0
  protected backlogMessages: number = DEFAULT_BACKLOG_MESSAGES
  protected backlogBytes: number = DEFAULT_BACKLOG_BYTES
  /** What the other end has in order; after its restore less than before. */
  protected reached = 0
  /** How far ahead of that it lets us run. */
  protected span = 0
  /** `send` answered false and `drain` has not been reported. */
  slow = false
  /** {@link Channel.largeBytes} */
  largeBytes = 0
  /** What was cut and is not acknowledged, oldest first. */
  protected cuts: Cut<P>[] = []
  /** Nothing of it before this place is due; what was transmitted last is there. */
  protected at = 0
  /** Transmissions so far, PINGs included: each has a number of its own. */
  protected tx = 0

  #queue: P[] = []
  // Since the beginning: what was accepted, what was cut, and what credit allows.
  #bytes = 0
  #cutBytes = 0
  #creditBytes = 0
  #creditMessages = 0

  /** {@link Channel.bufferedMessages} */
  get bufferedMessages(): number {
    return this.accepted - this.acked
  }

  /** {@link Channel.bufferedBytes} */
  get bufferedBytes(): number {
    return this.#bytes - (this.cuts[0]?.bytesBefore ?? this.#cutBytes)
  }

  /** {@link Channel.send}; when this life has ended it is {@link unacknowledged} like what was accepted before. */
  send(payload: P, owed: Owed | 1 = 1): boolean {
    const bytes = this.measure.bytes(payload)
    const most = this.backlogMessages + (owed - 1 && OWED_MESSAGES + this.windowMessages)
    if (this.bufferedMessages >= most || this.bufferedBytes + bytes > this.backlogBytes * owed) {
      throw new StarError('ERR_BACKLOG')
    }
    this.accepted += 1
    this.#bytes += bytes
    this.#queue.push(payload)
    this.slow ||= !this.fits
    return !this.slow
  }

  /** {@link Channel.unacknowledged} */
  unacknowledged(): P[] {
    const cut = this.cuts.flatMap(({ seq, payloads }) => payloads.slice(Math.max(0, this.acked + 1 - seq)))
    return [...cut, ...this.#queue]
  }

  /** Takes back what was accepted after a message and is in no frame yet. */
  recall(accepted: number): P[] {
    const payloads = this.#queue.splice(Math.max(0, accepted - this.sent))
    for (const payload of payloads) this.#bytes -= this.measure.bytes(payload)
    this.accepted -= payloads.length
    return payloads
  }

  override snapshot(): Halves<P> {
    const frames = this.cuts.map(({ kind, seq, payloads, bytesBefore }) => ({
      kind,
      seq,
      payloads,
      bytesBefore,
    }))
    return {
      ...super.snapshot(),
      sending: {
        sent: this.sent,
        acked: this.acked,
        bytes: this.#bytes,
        cutBytes: this.#cutBytes,
        frames,
        queue: [...this.#queue],
        ended: false,
      },
    }
  }

  override restore(snapshot: ChannelSnapshot<P>): void {
    const { sent, acked, bytes, cutBytes, frames, queue } = snapshot.sending
    super.restore(snapshot)
    for (const frame of frames) {
      this.sent = frame.seq - 1
      this.#cutBytes = frame.bytesBefore
      this.push(frame.kind, frame.payloads, 0)
    }
    this.sent = sent
    this.acked = this.reached = acked
    this.#bytes = bytes
    this.#cutBytes = cutBytes
    this.#queue = [...queue]
    this.accepted = sent + queue.length
    // Credit is not known before the other end is heard: the application waits for `drain`.
    this.slow = true
  }

  /** Everything accepted fits the credit. Before message 0 there is none (CH-5). */
  protected get fits(): boolean {
    return this.received >= 0 && this.accepted <= this.#creditMessages && this.#bytes <= this.#creditBytes
  }

  /** The next frame of the sequence leaves on a path, if there is one: what is due first, then what is new. */
  protected transmit(path: Path, _now: number): OutgoingFrame<P> | undefined {
    // Before message 0 nothing is sent (CH-5).
    if (this.received < 0) return undefined
    while (this.cuts[this.at]?.due === false) this.at += 1
    const cut = this.cuts[this.at] ?? this.cut()
    if (!cut || !this.allows(cut)) return undefined
    cut.due = false
    cut.path = path
    cut.tx = ++this.tx
    const ack = this.ackAt < NEVER ? this.ack(path) : undefined
    return frameOf(path, cut.kind, cut.seq, cut.payloads, ack)
  }

  /** Under the credit and within the span (CH-9, CH-10). */
  protected allows({ seq, last, bytesBefore }: Cut<P>): boolean {
    return last <= this.reached + this.span && seq <= this.#creditMessages && bytesBefore < this.#creditBytes
  }

  /** Puts what may be sent into one more frame, if there is any. */
  protected cut(): Cut<P> | undefined {
    const { frameLimits: limits, measure } = this
    const queue = this.#queue
    const mayRun = Math.min(this.reached + this.span, this.#creditMessages) - this.sent
    const most = Math.min(limits.messages, mayRun, queue.length)
    let count = 0
    let bytes = 0
    let attachments = 0
    for (; count < most && this.#cutBytes + bytes < this.#creditBytes; count++) {
      const payload = queue[count] as P
      const more = measure.bytes(payload)
      attachments += measure.attachments?.(payload) ?? 0
      if (count > 0 && (bytes + more > limits.bytes || attachments > limits.attachments)) break
      bytes += more
    }
    if (count === 0) return undefined
    // Most often all of it leaves at once, and nothing needs to be copied.
    const all = count === queue.length
    if (all) this.#queue = []
    return this.push(DATA, all ? queue : queue.splice(0, count), bytes)
  }

  /** What was cut is in flight, and due. */
  protected push(kind: FrameKind, payloads: readonly P[], bytes: number): Cut<P> {
    const seq = this.sent + 1
    const large = bytes > DEFAULT_FRAME_BYTES ? bytes : 0
    this.sent += payloads.length
    const cut: Cut<P> = {
      kind,
      seq,
      last: this.sent,
      payloads,
      bytesBefore: this.#cutBytes,
      large,
      due: true,
      path: undefined,
      tx: 0,
      sentAt: -1,
    }
    this.cuts.push(cut)
    this.#cutBytes += bytes
    this.largeBytes += large
    return cut
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
    this.acked = Math.max(this.acked, acked)
    let count = 0
    for (const cut of this.cuts) {
      if (cut.last > received) break
      if (cut.last <= this.acked) {
        count += 1
        this.largeBytes -= cut.large
      }
      // its path waits no more for it
      cut.path = undefined
      cut.due = false
    }
    if (count > 0) this.cuts.splice(0, count)
    this.at = Math.max(0, this.at - count)
    return undefined
  }

  /**
   * A path is gone, or an answer shows that what left on it up to a transmission did not arrive: it is sent again.
   * Without a path it is what the other end had, and has no more.
   */
  protected lose(path?: Path, upTo = NEVER): void {
    for (const cut of this.cuts) cut.due ||= cut.path === path && cut.tx <= upTo
    this.at = 0
  }

  /** The other end was restored: only what it says next counts, credit included. All is sent again but what that acknowledges. */
  protected rewind(): void {
    this.reached = this.#creditMessages = this.#creditBytes = -1
    this.lose()
  }
}

type Halves<P> = Pick<ChannelSnapshot<P>, 'sending' | 'receiving'>

export function frameOf<P>(
  { id }: Path,
  kind: FrameKind,
  seq: number,
  payloads: readonly P[],
  ack?: Ack,
  hello?: Hello,
): OutgoingFrame<P> {
  return { path: id, kind, seq, payloads, ack, hello }
}
