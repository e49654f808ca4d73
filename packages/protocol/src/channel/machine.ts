import { StarError } from '../errors.ts'
import type { Channel } from './channel.ts'
import { ACK, DATA, END, HELLO, LEAVE, PING, PONG, RESET, WELCOME } from './frame-kind.ts'
import { greet, type Lives } from './greeting.ts'
import { AT_ONCE, Inbox } from './inbox.ts'
import { HEARD, UNMET } from './limits.ts'
import { Outbox } from './outbox.ts'
import type { Path } from './path.ts'
import { Paths } from './paths.ts'
import type { Settings } from './settings.ts'
import type {
  ChannelEvent,
  ChannelSnapshot,
  ChannelState,
  Delivery,
  Frame,
  OutgoingFrame,
  PathId,
  PathInit,
} from './types.ts'
import { Writer } from './writer.ts'

const NOTHING: readonly never[] = []

/** The {@link Channel}: an inbox, an outbox and the paths between them. */
export class ChannelMachine<P> implements Channel<P> {
  state: ChannelState = 'open'
  dropped = 0
  interrupted: readonly Delivery<P>[] = NOTHING

  readonly #settings: Settings<P>
  readonly #greet: typeof greet
  readonly #lives: Lives
  readonly #inbox: Inbox<P>
  readonly #outbox: Outbox<P>
  readonly #paths = new Paths()
  readonly #writer: Writer<P>
  readonly #events: ChannelEvent<P>[] = []

  constructor(
    settings: Settings<P>,
    inbox = new Inbox(settings),
    outbox = new Outbox(settings),
    judge = greet,
  ) {
    this.#greet = judge
    this.#settings = settings
    this.#lives = { incarnation: settings.incarnation, peerIncarnation: 0, met: false, restored: false }
    this.#inbox = inbox
    this.#outbox = outbox
    this.#writer = new Writer(settings, this.#lives, inbox, outbox, this.#paths)
  }

  get incarnation(): number {
    return this.#lives.incarnation
  }
  get accepted(): number {
    return this.#outbox.accepted
  }
  get sent(): number {
    return this.#outbox.sent
  }
  get acked(): number {
    return this.#outbox.acked
  }
  get received(): number {
    return this.#inbox.received
  }
  get consumed(): number {
    return this.#inbox.consumed
  }
  get bufferedMessages(): number {
    return this.#outbox.bufferedMessages
  }
  get bufferedBytes(): number {
    return this.#outbox.bufferedBytes
  }

  send(payload: P): boolean {
    return this.#open.accept(payload)
  }

  welcome(payload: P): void {
    this.#open.welcome(payload)
  }

  end(payload: P): void {
    this.#open.end(payload)
  }

  reset(payload: P): void {
    if (!this.#works) return
    this.state = 'reset'
    this.#writer.reason = [payload]
    for (const path of this.#paths.all) this.#paths.owe(path, RESET)
  }

  attach(init: PathInit): void {
    if (this.state === 'frozen' || this.state === 'superseded') return
    const path = this.#paths.add(init, this.#settings.frameLimits)
    if (this.state === 'reset') this.#paths.owe(path, RESET)
  }

  detach(id: PathId): void {
    const path = this.#paths.find(id)
    if (path) this.#abandon(path)
  }

  prefer(id: PathId): void {
    const path = this.#paths.find(id)
    if (path?.live) this.#paths.prefer(path)
  }

  ping(id: PathId): void {
    const path = this.#paths.find(id)
    if (path) this.#paths.owe(path, PING)
  }

  roundTrip(id: PathId): number | undefined {
    return this.#paths.find(id)?.rttMs
  }

  receive(id: PathId, frame: Frame<P>, now: number): void {
    const path = this.#paths.find(id)
    if (!path || !this.#works) {
      this.dropped += 1
      if (path && this.state === 'reset' && frame.kind !== RESET) this.#paths.owe(path, RESET)
    } else if (frame.kind === HELLO) this.#meet(path, frame, now)
    else if (path.live) {
      this.#lives.met = true
      path.heard = true
      if (frame.ack && !this.#outbox.acknowledge(frame.ack, path, now)) this.#close(path, 'ack')
      else this.#take(path, frame, now)
    } else this.dropped += 1
    this.#report()
  }

  consume(delivery: Delivery<P>): void {
    this.#inbox.consume(delivery)
  }

  commit(received: number, sent: number): void {
    this.#inbox.commit(received)
    this.#outbox.committed = Math.max(this.#outbox.committed, sent)
  }

  resizeWindow(messages: number, bytes: number): void {
    this.#inbox.resizeWindow(messages, bytes)
  }

  timeout(now: number): void {
    this.#writer.timeout(now)
  }

  pull(now: number): OutgoingFrame<P> | undefined {
    const frame = this.#writer.pull(this.#works, now)
    if (frame?.kind === LEAVE) this.#report()
    return frame
  }

  next(): Delivery<P> | undefined {
    // What was acknowledged is delivered, though this Channel cannot go on.
    return this.#works || this.state === 'state-lost' ? this.#inbox.next() : undefined
  }

  event(): ChannelEvent<P> | undefined {
    return this.#events.shift()
  }

  deadline(): number {
    return this.#writer.deadline
  }

  unacknowledged(): P[] {
    return this.#outbox.unacknowledged()
  }

  freeze(): void {
    this.#paths.all = []
    this.#finish('frozen')
  }

  snapshot(): ChannelSnapshot<P> {
    const { incarnation, peerIncarnation } = this.#lives
    const [sending, receiving] = [this.#outbox.snapshot(), this.#inbox.snapshot()]
    return { v: 1, incarnation, peerIncarnation, sending, receiving }
  }

  restore(from: ChannelSnapshot<P>): void {
    this.#lives.restored = true
    this.#lives.peerIncarnation = from.peerIncarnation
    this.#outbox.restore(from.sending)
    this.interrupted = this.#inbox.restore(from.receiving)
    this.#outbox.held = this.#inbox.received < 0
  }

  get #works(): boolean {
    return this.state === 'open' || this.state === 'closed'
  }

  get #open(): Outbox<P> {
    if (this.state !== 'open') throw new StarError('ERR_CLOSED')
    return this.#outbox
  }

  /** Ends this life. Paths stay where the other end must learn of it from our HELLO. */
  #finish(state: 'frozen' | 'superseded' | 'state-lost'): void {
    this.state = state
    this.#writer.rest()
    if (state !== 'frozen') this.#events.push({ type: state })
  }

  #meet(path: Path, { hello, ack }: Frame<P>, now: number): void {
    const lives = this.#lives
    const paths = this.#paths
    const greeting = hello && ack ? this.#greet(hello, ack, lives, this, path.peerIncarnation) : 'version'
    if (!hello || !ack || greeting === 'version') this.#close(path, 'version')
    else if (greeting === 'stale') this.#close(path)
    else if (greeting !== 'agreed') {
      // The other end has to see the cursors that do not agree, too: our last HELLO here may be older.
      paths.owe(path, HELLO)
      this.#finish(greeting)
    } else {
      const [, incarnation, known, , , span, flags] = hello
      if (incarnation > lives.peerIncarnation) {
        for (const other of paths.all) if (other.live) this.#close(other)
        this.#inbox.forgetBeyond()
        if (lives.peerIncarnation > 0) this.#outbox.rewind(ack)
        lives.peerIncarnation = incarnation
        lives.met = false
      }
      if (known === lives.incarnation) lives.met = true
      this.#outbox.span = span
      path.peerIncarnation = incarnation
      if (flags & HEARD) path.heard = true
      const unmet = (flags & UNMET) > 0 && path.said !== incarnation
      if (unmet || (path.lossy && !(flags & HEARD))) paths.owe(path, HELLO)
      // Where a HELLO may be lost, its sender repeats it until anything else comes; this also measures the path.
      else if (path.lossy) paths.owe(path, PING)
      this.#outbox.acknowledge(ack, path, now)
      if (path.live) return
      paths.revive(path)
      this.#events.push({ type: 'live', path: path.id })
    }
  }

  #take(path: Path, frame: Frame<P>, now: number): void {
    const { kind, seq } = frame
    switch (kind) {
      case DATA:
      case WELCOME:
      case END: {
        const verdict = this.#inbox.accept(frame)
        this.#outbox.held = this.#inbox.received < 0
        if (verdict === 'doubled') this.dropped += 1
        else if (verdict !== 'next' && verdict !== 'beyond') this.#close(path, verdict)
        return
      }
      case PING:
        path.pongToken = seq
        this.#paths.owe(path, PONG)
        return
      case PONG:
        if (seq === path.pingToken) path.sample(now - path.pingAt)
        path.pingToken = -1
        this.#outbox.flight.lose(path, seq)
        return
      case LEAVE:
        path.peerLeft = true
        return
      case RESET:
        this.state = 'reset'
        this.#writer.reason = frame.payloads
        this.#events.push({ type: 'reset', reason: frame.payloads[0] })
        return
      case ACK:
      case HELLO:
        return
      default:
        kind satisfies never
    }
  }

  /** After an input: what the driver should know. */
  #report(): void {
    if (this.#outbox.takeDrain()) this.#events.push({ type: 'drain' })
    if (this.state === 'open' && this.#outbox.done && this.#inbox.ended) {
      this.state = 'closed'
      this.#events.push({ type: 'closed' })
    }
    for (const path of this.#paths.all) {
      if (!path.left || path.drained || path.unseen > 0 || !(path.lossy || path.peerLeft)) continue
      path.drained = true
      this.#events.push({ type: 'drained', path: path.id })
    }
  }

  /** A path that is no longer read: of an earlier life, or for a fault. */
  #close(path: Path, reason?: string): void {
    const { id } = path
    this.#events.push(reason ? { type: 'violation', path: id, reason } : { type: 'stale', path: id })
    this.#abandon(path)
  }

  #abandon(path: Path): void {
    this.#paths.remove(path)
    this.#outbox.flight.lose(path)
    // The last acknowledgement may have been lost with it.
    this.#inbox.ackDue = AT_ONCE
  }
}
