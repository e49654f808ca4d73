import { StarError } from '../errors.ts'
import type { Channel } from './channel.ts'
import { DATA, END, type FrameKind, PING, RESET } from './frame-kind.ts'
import { AT_ONCE, MAX_PATHS, NEVER, UNMET } from './limits.ts'
import type { MeasuredPath } from './measured-path.ts'
import { NOTHING } from './receiving.ts'
import { owe } from './session-channel.ts'
import type {
  Ack,
  AckGate,
  ChannelEvent,
  ChannelOptions,
  ChannelSnapshot,
  ChannelState,
  Delivery,
  Fault,
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
  /** Up to here it has what was accepted; Infinity where nothing waits for a store. */
  #stored: number
  /** The direction was ended: the last of what was accepted is its END. */
  #ended = false
  /** An acknowledgement waits for data to ride on from the next frame on. */
  #ackSoon = false
  /** What a RESET says. */
  #reason: readonly P[] = NOTHING

  constructor(options: ChannelOptions<P>) {
    const { measure, windowMessages, windowBytes, welcome } = options
    super(measure, windowMessages, windowBytes, welcome === 'expects' ? -1 : 0)
    const { incarnation = 1, ackOn = 'received', commitBeforeSend = false } = options
    this.backlogMessages = options.backlogMessages ?? this.backlogMessages
    this.backlogBytes = options.backlogBytes ?? this.backlogBytes
    this.ackDelayMs = options.ackDelayMs ?? this.ackDelayMs
    this.frameBytes = options.frameLimits?.bytes ?? this.frameBytes
    this.frameMessages = options.frameLimits?.messages ?? this.frameMessages
    this.frameAttachments = options.frameLimits?.attachments ?? this.frameAttachments
    this.incarnation = incarnation
    this.#ackOn = ackOn
    this.#wantsLife = options.incarnation
    this.committed = this.received
    this.sent = this.acked = this.at = this.reached = welcome === 'sends' ? -1 : 0
    this.#stored = commitBeforeSend ? -1 : NEVER
  }

  isOutdated({ hello, ack }: Frame<P>): boolean {
    if (!hello || !ack) return false
    const [incarnation, , sent] = hello
    return incarnation < this.peer || ack[0] < this.acked || sent < this.received
  }

  welcome(payload: P): void {
    if (this.state !== 'open' || this.accepted >= 0) throw new StarError('ERR_CLOSED')
    this.push(payload)
  }

  override send(payload: P, owed?: Owed): boolean {
    if (!this.works || this.#ended || this.accepted < 0) throw new StarError('ERR_CLOSED')
    if (this.accepted >= LAST_SEQUENCE) throw new StarError('ERR_EXHAUSTED')
    return super.send(payload, owed)
  }

  end(payload: P): void {
    if (this.state !== 'open' || this.#ended) throw new StarError('ERR_CLOSED')
    this.#ended = true
    this.slow = false
    this.push(payload)
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

  commit(received: number, accepted: number): void {
    this.#stored = Math.max(this.#stored, accepted)
    if (received <= this.committed) return
    this.committed = Math.min(received, this.received)
    if (this.#ackOn === 'committed') this.#ackSoon = true
  }

  prefer(id: PathId): void {
    const path = this.find(id)
    if (!path?.live || path === this.best) return
    owe(this.best, PING)
    this.paths = [...this.paths.filter((other) => other !== path), path]
    this.choose()
  }

  override attach(init: PathInit): void {
    if (this.state === 'frozen' || this.state === 'superseded') return
    if (this.find(init.id)) throw new StarError('ERR_BAD_REQUEST')
    if (this.paths.length >= MAX_PATHS) throw new StarError('ERR_QUOTA')
    super.attach(init)
    const path = this.find(init.id)
    if (path && this.state === 'reset') owe(path, RESET)
  }

  override consume(delivery: Delivery<P>): void {
    super.consume(delivery)
    if (this.#ackOn === 'consumed') this.#ackSoon = true
  }

  override receive(id: PathId, frame: Frame<P>, now: number): void {
    if (frame.kind === RESET) {
      if (this.works) this.#reason = frame.payloads
    } else if (this.state === 'reset') owe(this.find(id), RESET)
    // whoever was not met before it had our HELLO took no message 0 behind that (CH-5)
    if (frame.hello && frame.seq & UNMET) this.carrier = undefined
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

  override event(): ChannelEvent<P> | undefined {
    if (this.state === 'open' && this.#ended && this.ended && this.bufferedMessages === 0) {
      this.state = 'closed'
      this.tell({ type: 'closed' })
    }
    return super.event()
  }

  override unacknowledged(): P[] {
    // Message 0 and END are none.
    return this.messages.slice(this.acked < 0 ? 1 : 0, this.#ended ? -1 : undefined)
  }

  override snapshot(): ChannelSnapshot<P> {
    return { ...super.snapshot(), ended: this.#ended }
  }

  override restore(snapshot: ChannelSnapshot<P>): void {
    const { v, incarnation, ended = false } = snapshot
    const life = this.#wantsLife ?? incarnation + 1
    if (v !== 1 || life <= incarnation) throw new StarError('ERR_BAD_REQUEST')
    super.restore(snapshot)
    this.incarnation = life
    this.#ended = ended
    this.slow = !ended
    this.committed = this.received
    // what the store had may have been sent
    if (this.#stored < NEVER) this.#stored = this.sent = this.accepted
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

  /** In the store where that is asked for (CH-7); END has a frame of its own. */
  protected override get limit(): number {
    const last = this.#ended && this.at < this.accepted - 1 ? this.accepted - 1 : NEVER
    return Math.min(super.limit, this.#stored, last)
  }

  protected override transmit(path: MeasuredPath, now: number): OutgoingFrame<P> | undefined {
    const frame = super.transmit(path, now)
    return frame && this.#ended && frame.seq === this.accepted ? { ...frame, kind: END } : frame
  }

  protected override take(path: MeasuredPath, frame: Frame<P>, now: number): Fault | undefined {
    // it may be right behind a HELLO that knew nothing of this life, and comes again when that was heard (CH-5)
    if (this.unmet && frame.kind === DATA && frame.seq === 0) return undefined
    const fault = super.take(path, frame, now)
    if (fault) return fault
    if (frame.kind === END) return this.accept(frame, now)
    if (frame.kind === RESET) {
      this.finish('reset')
      this.tell({ type: 'reset', reason: frame.payloads[0] })
    }
    return undefined
  }
}
