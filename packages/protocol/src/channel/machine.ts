import { StarError } from '../errors.ts'
import type { Channel } from './channel.ts'
import { ACK, DATA, END, type FrameKind, HELLO, LEAVE, PING, PONG, RESET, WELCOME } from './frame-kind.ts'
import { type Acquaintance, type Greeting, greet } from './greeting.ts'
import { Inbox } from './inbox.ts'
import { CHANNEL_VERSION, MAX_PATHS } from './limits.ts'
import { Outbox } from './outbox.ts'
import { Path } from './path.ts'
import { Ring } from './ring.ts'
import type { Settings } from './settings.ts'
import type {
  Ack,
  ChannelEvent,
  ChannelSnapshot,
  ChannelState,
  Delivery,
  Frame,
  Hello,
  OutgoingFrame,
  PathId,
  PathInit,
} from './types.ts'

const NOTHING: readonly never[] = []
const NEVER = Number.POSITIVE_INFINITY

/** The {@link Channel}: an inbox, an outbox and the paths between them. */
export class ChannelMachine<P> implements Channel<P> {
  state: ChannelState = 'open'
  readonly incarnation: number
  dropped = 0
  interrupted: readonly Delivery<P>[] = NOTHING

  readonly #settings: Settings<P>
  readonly #inbox: Inbox<P>
  readonly #outbox: Outbox<P>
  readonly #events = new Ring<ChannelEvent<P>>()
  /** In the order in which they were attached. */
  #paths: Path[] = []
  /** The path that carries what is new. */
  #best: Path | undefined
  #peerIncarnation = 0
  /** The other end has met this life, so from now on the cursors only move as they should. */
  #verified = false
  #restored = false
  /** Some path has control to send. */
  #control = false
  #ackAt = NEVER
  #resetReason: readonly P[] = NOTHING

  constructor(
    settings: Settings<P>,
    incarnation: number,
    inbox = new Inbox(settings),
    outbox = new Outbox(settings),
  ) {
    this.#settings = settings
    this.incarnation = incarnation
    this.#inbox = inbox
    this.#outbox = outbox
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
    this.#mustBeOpen()
    return this.#outbox.accept(payload)
  }

  welcome(payload: P): void {
    this.#mustBeOpen()
    this.#outbox.welcome(payload)
  }

  end(payload: P): void {
    this.#mustBeOpen()
    this.#outbox.end(payload)
  }

  reset(payload: P): void {
    if (this.state !== 'open' && this.state !== 'closed') return
    this.state = 'reset'
    this.#resetReason = [payload]
    for (const path of this.#paths) path.resetDue = this.#control = true
  }

  attach(init: PathInit): void {
    if (this.state === 'frozen' || this.state === 'superseded') return
    if (this.#path(init.id)) throw new StarError('ERR_BAD_REQUEST', 'a path with this id is attached')
    if (this.#paths.length >= MAX_PATHS) throw new StarError('ERR_QUOTA', 'too many paths are attached')
    const path = new Path(init, this.#settings.frameLimits)
    path.resetDue = this.state === 'reset'
    this.#paths.push(path)
    this.#control = true
  }

  detach(id: PathId): void {
    const path = this.#path(id)
    if (!path) return
    this.#paths = this.#paths.filter((other) => other !== path)
    this.#abandon(path)
  }

  prefer(id: PathId): void {
    const path = this.#path(id)
    if (!path?.live || path === this.#best) return
    if (this.#best) this.#best.leaveDue = this.#control = true
    this.#best = path
    path.leaveDue = path.left = path.drained = false
  }

  ping(id: PathId): void {
    const path = this.#path(id)
    if (path) path.pingDue = this.#control = true
  }

  roundTrip(id: PathId): number | undefined {
    return this.#path(id)?.rttMs
  }

  receive(id: PathId, frame: Frame<P>, now: number): void {
    const path = this.#path(id)
    if (!path || path.dead || (this.state !== 'open' && this.state !== 'closed')) {
      this.dropped += 1
      if (path && this.state === 'reset' && frame.kind !== RESET) path.resetDue = this.#control = true
      return
    }
    if (frame.kind === HELLO) this.#meet(path, frame, now)
    else if (!path.live) this.dropped += 1
    else {
      this.#heard(path)
      this.#verified = true
      if (frame.ack && !this.#outbox.acknowledge(frame.ack, path, now)) this.#close(path, 'ack')
      else this.#take(path, frame, now)
    }
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
    if (now >= this.#ackAt) {
      this.#ackAt = NEVER
      this.#inbox.ackUrgent = true
    }
    for (const path of this.#paths) {
      if (now < path.helloAt && now < path.tailAt) continue
      if (now >= path.helloAt) path.helloDue = true
      if (now >= path.tailAt) path.pingDue = true
      path.helloAt = path.tailAt = NEVER
      path.tails += 1
      this.#control = true
    }
  }

  pull(now: number): OutgoingFrame<P> | undefined {
    if (this.#control) {
      const frame = this.#pullControl(now)
      if (frame) return frame
      this.#control = false
    }
    // A first contact has nothing to compare: message 0 need not wait for the other end's HELLO (CH-5).
    const path = this.#best ?? (this.#peerIncarnation === 0 ? this.#paths.at(-1) : undefined)
    if (!path || path.dead || (this.state !== 'open' && this.state !== 'closed')) return undefined
    const inbox = this.#inbox
    // Until it is met, a restored life stands still: whoever is compared with it must find it as it was stored.
    const met = this.#verified || !this.#restored
    if (met && inbox.received >= 0 && (path.live || !path.lossy)) {
      const cut = this.#outbox.next(path.limits)
      if (cut) {
        this.#outbox.sending(cut, path, now)
        const ack = path.live && (path.lossy || inbox.ackWanted) ? this.#ack(path) : undefined
        return this.#frame(path, cut.kind, cut.seq, cut.payloads, ack)
      }
    }
    for (const each of this.#paths) this.#arm(each, now)
    if (!path.live || !inbox.ackWanted) return undefined
    if (inbox.ackUrgent) return this.#frame(path, ACK, 0, NOTHING, this.#ack(path))
    if (this.#ackAt === NEVER) this.#ackAt = now + this.#settings.ackDelayMs
    return undefined
  }

  next(): Delivery<P> | undefined {
    // What was acknowledged is delivered, though this Channel cannot go on.
    const readable = this.state === 'open' || this.state === 'closed' || this.state === 'state-lost'
    return readable ? this.#inbox.next() : undefined
  }

  event(): ChannelEvent<P> | undefined {
    return this.#events.shift()
  }

  deadline(): number {
    let at = this.#ackAt
    for (const path of this.#paths) at = Math.min(at, path.helloAt, path.tailAt)
    return at
  }

  unacknowledged(): P[] {
    return this.#outbox.unacknowledged()
  }

  freeze(): void {
    this.#finish('frozen')
  }

  snapshot(): ChannelSnapshot<P> {
    return {
      v: 1,
      incarnation: this.incarnation,
      peerIncarnation: this.#peerIncarnation,
      sending: this.#outbox.snapshot(),
      receiving: this.#inbox.snapshot(),
    }
  }

  restore(from: ChannelSnapshot<P>): void {
    this.#restored = true
    this.#peerIncarnation = from.peerIncarnation
    this.#outbox.restore(from.sending)
    this.interrupted = this.#inbox.restore(from.receiving)
  }

  /** What a HELLO means here. */
  protected greet(hello: Hello, ack: Ack, us: Acquaintance): Greeting {
    return greet(hello, ack, us)
  }

  #path(id: PathId): Path | undefined {
    for (const path of this.#paths) if (path.id === id) return path
    return undefined
  }

  #mustBeOpen(): void {
    if (this.state !== 'open') throw new StarError('ERR_CLOSED', `the channel is ${this.state}`)
  }

  /** Ends this life. Paths stay where the other end must learn of it from our HELLO. */
  #finish(state: 'frozen' | 'superseded' | 'state-lost'): void {
    this.state = state
    this.#best = undefined
    this.#ackAt = NEVER
    if (state === 'frozen') this.#paths = []
    else this.#events.push({ type: state })
  }

  #meet(path: Path, { hello, ack }: Frame<P>, now: number): void {
    if (!hello || !ack) {
      this.#close(path, 'hello')
      return
    }
    const { sent, acked } = this.#outbox
    const greeting = this.greet(hello, ack, {
      incarnation: this.incarnation,
      peerIncarnation: this.#peerIncarnation,
      pathIncarnation: path.peerIncarnation,
      verified: this.#verified,
      sent,
      acked,
      received: this.#inbox.received,
    })
    switch (greeting) {
      case 'superseded':
      case 'state-lost':
        this.#finish(greeting)
        return
      case 'version':
        this.#close(path, greeting)
        return
      case 'stale':
        this.#close(path)
        return
      case 'met':
      case 'known':
        break
      default:
        greeting satisfies never
    }
    if (hello.incarnation > this.#peerIncarnation) {
      for (const other of this.#paths) if (other.live) this.#close(other)
      this.#inbox.forgetBeyond()
      if (this.#peerIncarnation > 0) this.#outbox.rewind(ack)
      this.#peerIncarnation = hello.incarnation
      this.#verified = false
    }
    if (hello.peerIncarnation === this.incarnation) this.#verified = true
    this.#outbox.span = hello.span
    path.peerIncarnation = hello.incarnation
    if (hello.heard) this.#heard(path)
    if (path.said !== hello.incarnation || (path.lossy && !hello.heard)) path.helloDue = this.#control = true
    this.#outbox.acknowledge(ack, path, now)
    if (path.live) return
    path.live = true
    this.#events.push({ type: 'live', path: path.id })
    if (!this.#best || this.#paths.indexOf(path) > this.#paths.indexOf(this.#best)) this.prefer(path.id)
    else path.leaveDue = this.#control = true
  }

  #heard(path: Path): void {
    path.heard = true
    path.helloAt = NEVER
  }

  #take(path: Path, frame: Frame<P>, now: number): void {
    const { kind, seq } = frame
    switch (kind) {
      case DATA:
      case WELCOME:
      case END: {
        const verdict = this.#inbox.accept(frame)
        if (verdict === 'doubled') this.dropped += 1
        else if (typeof verdict === 'object') this.#close(path, verdict.violation)
        return
      }
      case PING:
        path.pongDue = seq
        this.#control = true
        return
      case PONG:
        if (seq === path.pingToken) {
          path.sample(now - path.pingAt)
          path.pingToken = -1
        }
        this.#outbox.lose(path, seq)
        return
      case LEAVE:
        path.peerLeft = true
        return
      case RESET:
        this.state = 'reset'
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
    for (const path of this.#paths) {
      if (!path.left || path.drained || path.unseen > 0 || !(path.lossy || path.peerLeft)) continue
      path.drained = true
      this.#events.push({ type: 'drained', path: path.id })
    }
  }

  /** A path that is no longer read: of an earlier life, or for a fault. */
  #close(path: Path, reason?: string): void {
    path.dead = true
    const { id } = path
    this.#events.push(reason ? { type: 'violation', path: id, reason } : { type: 'stale', path: id })
    this.#abandon(path)
  }

  #abandon(path: Path): void {
    path.live = false
    this.#outbox.lose(path)
    if (this.#best === path) this.#best = this.#paths.findLast(({ live }) => live)
    // The last acknowledgement may have been lost with it.
    this.#inbox.ackWanted = this.#inbox.ackUrgent = true
  }

  /** The tail timer of a lossy path runs while anything waits that it could bring (CH-14). */
  #arm(path: Path, now: number): void {
    if (!path.lossy || !path.live) return
    const waits = path.unseen > 0 || (path === this.#best && this.#outbox.waiting)
    if (!waits) path.tailAt = NEVER
    else if (path.tailAt === NEVER) path.tailAt = now + path.tailMs(this.#settings.ackDelayMs)
  }

  #pullControl(now: number): OutgoingFrame<P> | undefined {
    for (const path of this.#paths) {
      if (path.dead) continue
      if (path.helloDue) {
        path.helloDue = false
        if (path.lossy && !path.heard) path.helloAt = now + path.tailMs(this.#settings.ackDelayMs)
        return this.#hello(path)
      }
      if (path.resetDue) {
        path.resetDue = false
        return this.#frame(path, RESET, 0, this.#resetReason)
      }
      if (!path.live || (this.state !== 'open' && this.state !== 'closed')) continue
      if (path.pongDue >= 0) {
        const token = path.pongDue
        path.pongDue = -1
        return this.#frame(path, PONG, token, NOTHING, this.#ack(path))
      }
      if (path.pingDue) {
        path.pingDue = false
        path.pingToken = this.#outbox.tx
        path.pingAt = now
        return this.#frame(path, PING, path.pingToken, NOTHING, this.#ack(path))
      }
      if (path.leaveDue) {
        path.leaveDue = false
        path.left = true
        this.#report()
        return this.#frame(path, LEAVE, 0, NOTHING)
      }
    }
    return undefined
  }

  #hello(path: Path): OutgoingFrame<P> {
    const { sent, acked } = this.#outbox
    path.said = this.#peerIncarnation
    const hello: Hello = {
      version: CHANNEL_VERSION,
      incarnation: this.incarnation,
      peerIncarnation: this.#peerIncarnation,
      sent,
      acked,
      span: this.#settings.spanMessages,
      heard: path.peerIncarnation > 0,
    }
    return this.#frame(path, HELLO, 0, NOTHING, this.#ack(path, false), hello)
  }

  #ack(path: Path, withRanges = path.lossy): Ack {
    this.#ackAt = NEVER
    return this.#inbox.ack(withRanges)
  }

  #frame(
    path: Path,
    kind: FrameKind,
    seq: number,
    payloads: readonly P[],
    ack?: Ack,
    hello?: Hello,
  ): OutgoingFrame<P> {
    return { path: path.id, kind, seq, payloads, ack, hello }
  }
}
