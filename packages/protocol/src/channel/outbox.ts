import { StarError } from '../errors.ts'
import type { Cut } from './cut.ts'
import { DATA, END, type FrameKind, WELCOME } from './frame-kind.ts'
import type { Path } from './path.ts'
import { Ring } from './ring.ts'
import type { Settings } from './settings.ts'
import type { Ack, FrameLimits, SendingSnapshot } from './types.ts'

/** A receipt beyond a gap condemns what was sent this many transmissions earlier (CH-13). */
const REORDER_FRAMES = 3
/** The last sequence number of a message, one before 2^53-1, so that an END still fits. */
const LAST_SEQUENCE = Number.MAX_SAFE_INTEGER - 1

/**
 * The sending half of a Channel: what was accepted, cut, sent and not
 * acknowledged, and which of it has to be sent (again).
 */
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
  /** Transmissions so far. */
  tx = 0

  readonly #settings: Settings<P>
  readonly #queue = new Ring<P>()
  readonly #flight = new Ring<Cut<P>>()
  #ending: SendingSnapshot<P>['ending'] = 'no'
  #end: P | undefined
  /** `send` answered false and `drain` has not been reported. */
  #slow = false
  // Totals since the beginning: of what was accepted, of what was cut, and what credit allows.
  #messages = 0
  #bytes = 0
  #cutMessages = 0
  #cutBytes = 0
  #creditMessages = 0
  #creditBytes = 0
  /** Nothing in flight before this index is due; nothing before that one is unseen. */
  #dueFrom = 0
  #unseenFrom = 0

  constructor(settings: Settings<P>) {
    this.#settings = settings
    this.held = settings.welcome === 'expects'
    this.accepted = this.sent = this.acked = this.peerReceived = settings.welcome === 'sends' ? -1 : 0
  }

  /** @returns whether everything accepted fits the credit */
  accept(payload: P): boolean {
    const { bytesOf, messagesOf, backlogMessages, backlogBytes, welcome } = this.#settings
    if (this.#ending !== 'no' || (welcome === 'sends' && this.accepted < 0)) throw new StarError('ERR_CLOSED')
    if (this.accepted >= LAST_SEQUENCE) throw new StarError('ERR_EXHAUSTED')
    const bytes = bytesOf(payload)
    if (this.accepted - this.acked >= backlogMessages || this.bufferedBytes + bytes > backlogBytes) {
      throw new StarError('ERR_BACKLOG')
    }
    this.accepted += 1
    this.#bytes += bytes
    this.#messages += messagesOf(payload)
    this.#queue.push(payload)
    this.#slow ||= !this.#fits
    return !this.#slow
  }

  welcome(payload: P): void {
    if (this.accepted >= 0 || this.#ending !== 'no') throw new StarError('ERR_CLOSED')
    this.accepted = 0
    this.#push(WELCOME, [payload])
  }

  end(payload: P): void {
    if (this.#ending !== 'no') throw new StarError('ERR_CLOSED')
    this.#ending = 'queued'
    this.accepted += 1
    this.#end = payload
  }

  get bufferedMessages(): number {
    return this.#messages - (this.#flight.at(0)?.messagesBefore ?? this.#cutMessages)
  }

  get bufferedBytes(): number {
    return this.#bytes - (this.#flight.at(0)?.bytesBefore ?? this.#cutBytes)
  }

  /** Whether anything waits for the other end: an acknowledgement, or credit that the application was told to wait for. */
  get waiting(): boolean {
    return this.#slow || this.acked < this.accepted
  }

  /** Whether the direction was ended and is wholly acknowledged. */
  get done(): boolean {
    return this.#ending === 'cut' && this.acked === this.accepted
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
      for (; this.#dueFrom < this.#flight.length; this.#dueFrom++) {
        const cut = this.#flight.at(this.#dueFrom)
        if (cut?.due && !cut.seen) return this.#allowed(cut) ? cut : undefined
      }
    } while (this.#cut(limits))
    return undefined
  }

  /** It leaves on a path. */
  sending(cut: Cut<P>, path: Path, now: number): void {
    if (cut.path) cut.path.unseen -= 1
    path.unseen += 1
    cut.path = path
    cut.resent = cut.tx > 0
    cut.tx = this.tx += 1
    cut.sentAt = now
    cut.due = false
  }

  /** @returns false when it claims what was never cut */
  acknowledge(ack: Ack, from: Path, now: number): boolean {
    if (ack.received > this.sent || ack.ack > ack.received) return false
    this.#creditMessages = Math.max(this.#creditMessages, ack.creditMessages)
    this.#creditBytes = Math.max(this.#creditBytes, ack.creditBytes)
    this.peerReceived = Math.max(this.peerReceived, ack.received)
    this.#see(ack, from, now)
    if (ack.ranges.length > 0) this.#condemn()
    this.acked = Math.max(this.acked, ack.ack)
    for (let cut = this.#flight.at(0); cut && cut.last <= this.acked; cut = this.#flight.at(0)) {
      this.#flight.shift()
      this.#dueFrom = Math.max(0, this.#dueFrom - 1)
      this.#unseenFrom = Math.max(0, this.#unseenFrom - 1)
    }
    return true
  }

  /** The path is gone, or an answer shows that what left on it up to a transmission did not arrive. */
  lose(path: Path, upTo = Number.POSITIVE_INFINITY): void {
    for (let i = this.#unseenFrom; i < this.#flight.length; i++) {
      const cut = this.#flight.at(i)
      if (cut?.path === path && !cut.seen && cut.tx <= upTo) this.#due(cut, i)
    }
  }

  /** The other end was restored: only what it says it has counts, credit included. */
  rewind(ack: Ack): void {
    this.peerReceived = ack.received
    this.#creditMessages = ack.creditMessages
    this.#creditBytes = ack.creditBytes
    this.#unseenFrom = 0
    for (let i = 0; i < this.#flight.length; i++) {
      const cut = this.#flight.at(i)
      if (cut && cut.last > ack.received) {
        if (cut.seen && cut.path) cut.path.unseen += 1
        cut.seen = false
        this.#due(cut, i)
      }
    }
  }

  unacknowledged(): P[] {
    const cuts = this.#flight.toArray().filter(({ kind }) => kind === DATA)
    const cut = cuts.flatMap(({ seq, payloads }) => payloads.slice(Math.max(0, this.acked + 1 - seq)))
    return [...cut, ...this.#queue.toArray()]
  }

  snapshot(): SendingSnapshot<P> {
    const frames = this.#flight.toArray()
    return {
      sent: this.sent,
      acked: this.acked,
      messagesBefore: frames[0]?.messagesBefore ?? this.#cutMessages,
      bytesBefore: frames[0]?.bytesBefore ?? this.#cutBytes,
      frames: frames.map(({ kind, seq, payloads }) => ({ kind, seq, payloads })),
      queue: this.#queue.toArray(),
      ending: this.#ending,
      ...(this.#ending === 'queued' && { endPayload: this.#end as P }),
    }
  }

  restore(from: SendingSnapshot<P>): void {
    this.acked = this.peerReceived = from.acked
    this.#cutMessages = from.messagesBefore
    this.#cutBytes = from.bytesBefore
    this.sent = (from.frames[0]?.seq ?? from.sent + 1) - 1
    for (const { kind, payloads } of from.frames) this.#push(kind, payloads)
    this.#messages = this.#cutMessages
    this.#bytes = this.#cutBytes
    for (const payload of from.queue) {
      this.#messages += this.#settings.messagesOf(payload)
      this.#bytes += this.#settings.bytesOf(payload)
      this.#queue.push(payload)
    }
    this.#ending = from.ending
    this.#end = from.endPayload
    this.committed = from.sent
    this.accepted = from.sent + from.queue.length + (from.ending === 'queued' ? 1 : 0)
    // Credit is not known before the other end is heard: the application waits for `drain`.
    this.#slow = true
  }

  get #fits(): boolean {
    return !this.held && this.#messages <= this.#creditMessages && this.#bytes <= this.#creditBytes
  }

  /** Under the credit, within the span and, where that is asked for, in the store (CH-7, CH-9, CH-10). */
  #allowed(cut: Cut<P>): boolean {
    if (this.#settings.commitBeforeSend && cut.last > this.committed) return false
    if (cut.kind === WELCOME) return true
    if (cut.last > this.peerReceived + this.span) return false
    return (
      cut.kind !== DATA || (cut.messagesBefore < this.#creditMessages && cut.bytesBefore < this.#creditBytes)
    )
  }

  /** Puts what may be sent into one more frame. */
  #cut(limits: FrameLimits): boolean {
    const { bytesOf, messagesOf, attachmentsOf } = this.#settings
    const room = Math.min(limits.messages, this.peerReceived + this.span - this.sent)
    if (this.#queue.length === 0) {
      if (this.#ending !== 'queued' || room < 1) return false
      this.#ending = 'cut'
      this.#push(END, [this.#end as P])
      return true
    }
    const messageRoom = this.#creditMessages - this.#cutMessages
    const byteRoom = this.#creditBytes - this.#cutBytes
    const payloads: P[] = []
    let messages = 0
    let bytes = 0
    let attachments = 0
    while (payloads.length < room && messages < messageRoom && bytes < byteRoom && this.#queue.length > 0) {
      const payload = this.#queue.at(0) as P
      const more = bytesOf(payload)
      attachments += attachmentsOf(payload)
      if (payloads.length > 0 && (bytes + more > limits.bytes || attachments > limits.attachments)) break
      bytes += more
      messages += messagesOf(payload)
      payloads.push(payload)
      this.#queue.shift()
    }
    if (payloads.length > 0) this.#push(DATA, payloads, messages, bytes)
    return payloads.length > 0
  }

  #push(kind: FrameKind, payloads: readonly P[], messages?: number, bytes?: number): void {
    const { bytesOf, messagesOf } = this.#settings
    const total = (of: (payload: P) => number) => payloads.reduce((sum, payload) => sum + of(payload), 0)
    const seq = this.sent + 1
    this.sent += payloads.length
    this.#flight.push({
      kind,
      seq,
      last: this.sent,
      payloads,
      messagesBefore: this.#cutMessages,
      bytesBefore: this.#cutBytes,
      due: true,
      seen: false,
      path: undefined,
      tx: 0,
      sentAt: 0,
      resent: false,
    })
    if (kind === DATA) {
      this.#cutMessages += messages ?? total(messagesOf)
      this.#cutBytes += bytes ?? total(bytesOf)
    }
  }

  /** Marks what the other end has, and measures the round trip by the latest of it. */
  #see({ received, ranges }: Ack, from: Path, now: number): void {
    let newest: Cut<P> | undefined
    let range = 0
    for (let i = this.#unseenFrom; i < this.#flight.length; i++) {
      const cut = this.#flight.at(i)
      if (!cut) break
      if (cut.last <= received) this.#unseenFrom = i + 1
      else {
        while ((ranges[range + 1] ?? cut.last) < cut.last) range += 2
        const first = ranges[range]
        if (first === undefined) break
        if (first > cut.seq) continue
      }
      if (cut.seen) continue
      cut.seen = true
      if (!cut.path) continue
      cut.path.unseen -= 1
      cut.path.seenTx = Math.max(cut.path.seenTx, cut.tx)
      if (!newest || cut.tx > newest.tx) newest = cut
    }
    if (newest) {
      // An answer that the tail timer had to ask for says nothing about the round trip.
      if (newest.path === from && !newest.resent && from.tails === 0) from.sample(now - newest.sentAt)
      from.tails = 0
    }
  }

  /** Finds what later transmissions on the same lossy path have overtaken for good. */
  #condemn(): void {
    for (let i = this.#unseenFrom; i < this.#flight.length; i++) {
      const cut = this.#flight.at(i)
      if (!cut || cut.seen || cut.due || !cut.path?.lossy) continue
      if (cut.tx + REORDER_FRAMES <= cut.path.seenTx) this.#due(cut, i)
    }
  }

  #due(cut: Cut<P>, index: number): void {
    cut.due = true
    this.#dueFrom = Math.min(this.#dueFrom, index)
  }
}
