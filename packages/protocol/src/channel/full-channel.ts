import { StarError } from '../errors.ts'
import type { Channel } from './channel.ts'
import type { Cut } from './cut.ts'
import { DATA, END, type FrameKind, RESET, WELCOME } from './frame-kind.ts'
import { AT_ONCE, MAX_PATHS, NEVER } from './limits.ts'
import type { MeasuredPath } from './measured-path.ts'
import { NOTHING } from './receiving.ts'
import { owe } from './session-channel.ts'
import type {
  Ack,
  AckGate,
  ChannelOptions,
  ChannelSnapshot,
  ChannelState,
  Delivery,
  Frame,
  OutgoingFrame,
  Owed,
  PathId,
  PathInit,
} from './types.ts'
import { WorkingChannel } from './working-channel.ts'

/** The last sequence number of a message, one before 2^53-1, so that an END still fits. */
const LAST_SEQUENCE = Number.MAX_SAFE_INTEGER - 1

/** The whole {@link Channel}: it also welcomes, ends, resets, hands over, resizes its window and waits for a store. */
export class FullChannel<P> extends WorkingChannel<P> implements Channel<P> {
  state: ChannelState = 'open'
  /** Up to here a durable store has what was received. */
  protected committed: number
  readonly #ackOn: AckGate
  /** The life that was asked for, if any. */
  readonly #wantsLife: number | undefined
  /** Up to here it has what was cut; Infinity where nothing waits for a store. */
  #stored: number
  /** The direction was ended; until END is in a frame its payload waits here. */
  #ended = false
  #end: readonly P[] = NOTHING
  /** An acknowledgement waits for data to ride on from the next frame on. */
  #ackSoon = false
  /** What a RESET says. */
  #reason: readonly P[] = NOTHING

  constructor(options: ChannelOptions<P>) {
    super(options.measure)
    const { welcome, incarnation = 1, ackOn = 'received', commitBeforeSend = false } = options
    this.windowMessages = options.windowMessages ?? this.windowMessages
    this.windowBytes = options.windowBytes ?? this.windowBytes
    this.backlogMessages = options.backlogMessages ?? this.backlogMessages
    this.backlogBytes = options.backlogBytes ?? this.backlogBytes
    this.spanMessages = options.spanMessages ?? this.spanMessages
    this.ackDelayMs = options.ackDelayMs ?? this.ackDelayMs
    this.frameLimits = options.frameLimits ?? this.frameLimits
    this.incarnation = incarnation
    this.#ackOn = ackOn
    this.#wantsLife = options.incarnation
    this.committed = this.received = welcome === 'expects' ? -1 : 0
    this.accepted = this.sent = this.acked = this.reached = welcome === 'sends' ? -1 : 0
    this.#stored = commitBeforeSend ? -1 : NEVER
  }

  isOutdated({ hello, ack }: Frame<P>): boolean {
    if (!hello || !ack) return false
    const [, incarnation, , sent] = hello
    return incarnation < this.peer || ack[0] < this.acked || sent < this.received
  }

  welcome(payload: P): void {
    if (this.state !== 'open' || this.accepted >= 0) throw new StarError('ERR_CLOSED')
    this.accepted = 0
    this.push(WELCOME, [payload], 0)
  }

  override send(payload: P, owed?: Owed): boolean {
    if (!this.works || this.#ended || this.accepted < 0) throw new StarError('ERR_CLOSED')
    if (this.accepted >= LAST_SEQUENCE) throw new StarError('ERR_EXHAUSTED')
    return super.send(payload, owed)
  }

  end(payload: P): void {
    if (this.state !== 'open' || this.#ended) throw new StarError('ERR_CLOSED')
    this.#ended = true
    this.#end = [payload]
    this.slow = false
    this.accepted += 1
  }

  reset(payload: P): void {
    if (!this.works) return
    this.finish('reset')
    this.#reason = [payload]
    for (const path of this.paths) owe(path, RESET)
  }

  freeze(): void {
    this.paths = []
    this.finish('frozen')
  }

  resizeWindow(messages: number, bytes: number): void {
    this.windowMessages = messages
    this.windowBytes = bytes
    this.ackAt = AT_ONCE
  }

  commit(received: number, sent: number): void {
    this.#stored = Math.max(this.#stored, sent)
    if (received <= this.committed) return
    this.committed = Math.min(received, this.received)
    if (this.#ackOn === 'committed') this.#ackSoon = true
  }

  prefer(id: PathId): void {
    const path = this.find(id)
    if (path?.live) this.carryOn(path)
  }

  override attach(init: PathInit): void {
    if (this.state === 'frozen' || this.state === 'superseded') return
    if (this.find(init.id)) throw new StarError('ERR_BAD_REQUEST')
    if (this.paths.length >= MAX_PATHS) throw new StarError('ERR_QUOTA')
    super.attach(init)
    const path = this.find(init.id)
    if (path && this.state === 'reset') owe(path, RESET)
  }

  override detach(id: PathId): void {
    const path = this.find(id)
    super.detach(id)
    // what waits to be sent again may wait long, and a path's id is what its driver knows it by: a socket, and all below
    if (path) for (const cut of this.cuts) if (cut.path === path) cut.path = undefined
  }

  override consume(delivery: Delivery<P>): void {
    super.consume(delivery)
    if (this.#ackOn === 'consumed') this.#ackSoon = true
  }

  override receive(id: PathId, frame: Frame<P>, now: number): void {
    if (frame.kind === RESET) {
      if (this.works) this.#reason = frame.payloads
    } else if (this.state === 'reset') owe(this.find(id), RESET)
    super.receive(id, frame, now)
  }

  override pull(now: number): OutgoingFrame<P> | undefined {
    if (this.#ackSoon) this.ackAt = Math.min(this.ackAt, now + this.ackDelayMs)
    this.#ackSoon = false
    const frame = super.pull(now)
    if (frame || this.best || this.peer > 0 || this.unmet || !this.works) return frame
    // A first contact has nothing to compare: message 0 need not wait for the other end's HELLO (CH-5).
    const path = this.paths.at(-1)
    const welcome = path && !path.lossy ? this.transmit(path, now) : undefined
    return welcome && { ...welcome, ack: undefined }
  }

  override unacknowledged(): P[] {
    const messages = super.unacknowledged()
    // Message 0 and END are none.
    if (this.cuts[0]?.kind === WELCOME) messages.shift()
    if (this.cuts.at(-1)?.kind === END) messages.pop()
    return messages
  }

  override snapshot(): ChannelSnapshot<P> {
    const snapshot = super.snapshot()
    const { sending } = snapshot
    // While END is in no frame, its payload is the last of the queue.
    const queue = [...sending.queue, ...this.#end]
    return { ...snapshot, sending: { ...sending, queue, ended: this.#ended } }
  }

  override restore(snapshot: ChannelSnapshot<P>): void {
    const { v, incarnation, sending } = snapshot
    const { ended, sent, queue } = sending
    const life = this.#wantsLife ?? incarnation + 1
    if (v !== 1 || life <= incarnation) throw new StarError('ERR_BAD_REQUEST')
    const last = queue.length - (ended ? 1 : 0)
    super.restore({ ...snapshot, sending: { ...sending, queue: queue.slice(0, last) } })
    this.incarnation = life
    this.#ended = ended
    this.#end = queue.slice(last)
    this.accepted = sent + queue.length
    this.slow = !ended
    this.committed = this.received
    if (this.#stored < NEVER) this.#stored = sent
  }

  protected override report(): void {
    if (this.state === 'open' && this.#ended && this.ended && this.bufferedMessages === 0) {
      this.state = 'closed'
      this.tell({ type: 'closed' })
    }
    super.report()
  }

  protected override finish(state: 'frozen' | 'reset' | 'superseded' | 'state-lost'): void {
    super.finish(state)
    this.state = state
  }

  /** Control leaves; a RESET with its reason. */
  protected override say(path: MeasuredPath, kind: FrameKind): OutgoingFrame<P> {
    const frame = super.say(path, kind)
    return kind === RESET ? { ...frame, payloads: this.#reason } : frame
  }

  protected override ack(path: MeasuredPath): Ack {
    const ack = super.ack(path)
    if (this.#ackOn === 'received' && ack[2] <= Number.MAX_SAFE_INTEGER) return ack
    const [received, , messages, bytes, ...ranges] = ack
    return [received, this[this.#ackOn], Math.min(messages, Number.MAX_SAFE_INTEGER), bytes, ...ranges]
  }

  /** In the store where that is asked for, and then as its kind says: message 0 needs no credit, and END only the span (CH-7). */
  protected override allows(cut: Cut<P>): boolean {
    const { kind, last } = cut
    if (last > this.#stored) return false
    if (kind === DATA) return super.allows(cut)
    return kind === WELCOME || last <= this.reached + this.span
  }

  protected override cut(): Cut<P> | undefined {
    const cut = super.cut()
    const end = this.#end
    const isLast = end.length > 0 && this.accepted === this.sent + 1
    if (cut || !isLast || this.sent >= this.reached + this.span) return cut
    this.#end = NOTHING
    return this.push(END, end, 0)
  }
}
