import { StarError } from '../errors.ts'
import type { Cut } from './cut.ts'
import { Flight } from './flight.ts'
import { DATA, END, type FrameKind, WELCOME } from './frame-kind.ts'
import type { Path } from './path.ts'
import type { Settings } from './settings.ts'
import type { Ack, FrameLimits, SendingSnapshot } from './types.ts'

/** The last sequence number of a message, one before 2^53-1, so that an END still fits. */
const LAST_SEQUENCE = Number.MAX_SAFE_INTEGER - 1
/** The queue is moved up when so many of its slots at the front are used. */
const USED_SLOTS = 4_096

/** The sending half of a Channel: what was accepted, how it is cut, and how much of it may be sent. */
export class Outbox<P> {
  accepted: number
  sent: number
  acked: number
  /** What the other end has in order; after its restore less than before. */
  peerReceived: number
  /** How far ahead of that it lets us run. */
  span = 0
  /** Up to here a durable store has what was cut. */
  committed = -1
  /** Message 0 has not come: there is no credit before it (CH-5). */
  held: boolean
  readonly flight: Flight<P>

  readonly #settings: Settings<P>
  #queue: P[] = []
  #used = 0
  /** The direction was ended: what comes last in the queue is the payload of END. */
  #ended = false
  /** `send` answered false and `drain` has not been reported. */
  #slow = false
  // Since the beginning: what was accepted, what was cut, and what credit allows.
  #bytes = 0
  #cutBytes = 0
  #creditBytes = 0
  #creditMessages = 0

  constructor(settings: Settings<P>, flight = new Flight<P>()) {
    this.#settings = settings
    this.flight = flight
    this.held = settings.welcome === 'expects'
    this.accepted = this.sent = this.acked = this.peerReceived = settings.welcome === 'sends' ? -1 : 0
  }

  /** @returns whether everything accepted fits the credit */
  accept(payload: P): boolean {
    const { measure, backlogMessages, backlogBytes, welcome } = this.#settings
    if (this.#ended || (welcome === 'sends' && this.accepted < 0)) throw new StarError('ERR_CLOSED')
    if (this.accepted >= LAST_SEQUENCE) throw new StarError('ERR_EXHAUSTED')
    const bytes = measure.bytes(payload)
    if (this.bufferedMessages >= backlogMessages || this.bufferedBytes + bytes > backlogBytes) {
      throw new StarError('ERR_BACKLOG')
    }
    this.accepted += 1
    this.#bytes += bytes
    this.#queue.push(payload)
    this.#slow ||= !this.#fits
    return !this.#slow
  }

  welcome(payload: P): void {
    if (this.accepted >= 0 || this.#ended) throw new StarError('ERR_CLOSED')
    this.accepted = 0
    this.#push(WELCOME, [payload], 0)
  }

  end(payload: P): void {
    if (this.#ended) throw new StarError('ERR_CLOSED')
    this.#ended = true
    this.#slow = false
    this.accepted += 1
    this.#queue.push(payload)
  }

  get bufferedMessages(): number {
    return this.accepted - this.acked
  }

  get bufferedBytes(): number {
    return this.#bytes - (this.flight.cuts[0]?.bytesBefore ?? this.#cutBytes)
  }

  /** Whether anything waits for the other end: an acknowledgement, or credit that the application was told to wait for. */
  get waiting(): boolean {
    return this.#slow || this.bufferedMessages > 0
  }

  /** Whether the direction was ended and is wholly acknowledged. */
  get done(): boolean {
    return this.#ended && this.bufferedMessages === 0
  }

  /** Whether `drain` is to be reported now. */
  takeDrain(): boolean {
    const drained = this.#slow && this.#fits
    if (drained) this.#slow = false
    return drained
  }

  /** The next frame to send: what is due again first, then what is new. */
  next(limits: FrameLimits): Cut<P> | undefined {
    if (this.held) return undefined
    do {
      const { due } = this.flight
      if (due) return this.#allowed(due) ? due : undefined
    } while (this.#cut(limits))
    return undefined
  }

  /** @returns false when it claims what was never cut */
  acknowledge(ack: Ack, from: Path, now: number): boolean {
    const [received, acked, creditMessages, creditBytes] = ack
    if (received > this.sent || acked > received) return false
    this.#creditMessages = Math.max(this.#creditMessages, creditMessages)
    this.#creditBytes = Math.max(this.#creditBytes, creditBytes)
    this.peerReceived = Math.max(this.peerReceived, received)
    this.acked = Math.max(this.acked, acked)
    this.flight.see(ack, from, now)
    this.flight.forget(this.acked)
    return true
  }

  /** The other end was restored: only what it says it has counts, credit included. */
  rewind([received, , creditMessages, creditBytes]: Ack): void {
    this.peerReceived = received
    this.#creditMessages = creditMessages
    this.#creditBytes = creditBytes
    this.flight.rewind(received)
  }

  unacknowledged(): P[] {
    const cut = this.flight.cuts.flatMap(({ kind, seq, payloads }) =>
      kind === DATA ? payloads.slice(Math.max(0, this.acked + 1 - seq)) : [],
    )
    return [...cut, ...this.#queue.slice(this.#used, this.#ended ? -1 : undefined)]
  }

  snapshot(): SendingSnapshot<P> {
    return {
      sent: this.sent,
      acked: this.acked,
      bytes: this.#bytes,
      cutBytes: this.#cutBytes,
      frames: this.flight.cuts.map(({ kind, seq, payloads, bytesBefore }) => ({
        kind,
        seq,
        payloads,
        bytesBefore,
      })),
      queue: this.#queue.slice(this.#used),
      ended: this.#ended,
    }
  }

  restore({ sent, acked, bytes, cutBytes, frames, queue, ended }: SendingSnapshot<P>): void {
    for (const { kind, seq, payloads, bytesBefore } of frames) {
      this.sent = seq - 1
      this.#cutBytes = bytesBefore
      this.#push(kind, payloads, 0)
    }
    this.sent = this.committed = sent
    this.acked = this.peerReceived = acked
    this.#bytes = bytes
    this.#cutBytes = cutBytes
    this.#queue = [...queue]
    this.#ended = ended
    this.accepted = sent + queue.length
    // Credit is not known before the other end is heard: the application waits for `drain`.
    this.#slow = !ended
  }

  get #fits(): boolean {
    return !this.held && this.accepted <= this.#creditMessages && this.#bytes <= this.#creditBytes
  }

  /** Under the credit, within the span and, where that is asked for, in the store (CH-7, CH-9, CH-10). */
  #allowed({ kind, seq, last, bytesBefore }: Cut<P>): boolean {
    if (this.#settings.commitBeforeSend && last > this.committed) return false
    if (kind === WELCOME) return true
    if (last > this.peerReceived + this.span) return false
    return kind === END || (seq <= this.#creditMessages && bytesBefore < this.#creditBytes)
  }

  /** Puts what may be sent into one more frame. */
  #cut(limits: FrameLimits): boolean {
    const { measure } = this.#settings
    const start = this.#used
    const room = Math.min(limits.messages, this.peerReceived + this.span - this.sent)
    const waiting = this.#queue.length - start
    if (this.#ended && waiting === 1 && room > 0) {
      this.#push(END, this.#queue.slice(start), 0)
      this.#queue = []
      this.#used = 0
      return true
    }
    const messages = this.#ended ? waiting - 1 : waiting
    const most = start + Math.min(room, this.#creditMessages - this.sent, messages)
    let end = start
    let bytes = 0
    let attachments = 0
    for (; end < most && this.#cutBytes + bytes < this.#creditBytes; end++) {
      const payload = this.#queue[end] as P
      const more = measure.bytes(payload)
      attachments += measure.attachments?.(payload) ?? 0
      if (end > start && (bytes + more > limits.bytes || attachments > limits.attachments)) break
      bytes += more
    }
    if (end <= start) return false
    const queue = this.#queue
    this.#used = end
    if (end === queue.length || end > USED_SLOTS) {
      this.#queue = queue.slice(end)
      this.#used = 0
    }
    // Most often all of it leaves at once, and nothing needs to be copied.
    this.#push(DATA, end - start === queue.length ? queue : queue.slice(start, end), bytes)
    return true
  }

  #push(kind: FrameKind, payloads: readonly P[], bytes: number): void {
    const seq = this.sent + 1
    this.sent += payloads.length
    this.flight.push({
      kind,
      seq,
      last: this.sent,
      payloads,
      bytesBefore: this.#cutBytes,
      due: true,
      seen: false,
      path: undefined,
      tx: 0,
      sentAt: 0,
      resent: false,
    })
    this.#cutBytes += bytes
  }
}
