import { ACK, DATA, END, type FrameKind, HELLO, LEAVE, PING, PONG, RESET, WELCOME } from './frame-kind.ts'
import { AT_ONCE, CHANNEL_VERSION, DEFAULT_ACK_DELAY_MS, HEARD, NEVER, UNMET } from './limits.ts'
import { Path } from './path.ts'
import { NOTHING } from './receiving.ts'
import { frameOf, Sending } from './sending.ts'
import type {
  Ack,
  ChannelEvent,
  ChannelSnapshot,
  Frame,
  FrameLimits,
  Hello,
  OutgoingFrame,
  PathId,
  PathInit,
} from './types.ts'

/** What may be said on a path before the other end was heard there, or by a Channel that no longer works. */
const EARLY = (1 << HELLO) | (1 << RESET)

/**
 * The part of a {@link Channel} that the client of a session needs: messages
 * both ways over in-order paths after a welcome, credit, heartbeats, lives.
 * What it never does itself (welcome, end, reset, a store, lossy paths) is in
 * the layers above, which a bundle without them leaves out; when the other
 * end does it, this one follows the clauses.
 */
export class SessionChannel<P> extends Sending<P> {
  /** {@link Channel.incarnation} */
  incarnation = 1
  /** The paths in the order in which they were attached. */
  protected paths: readonly Path[] = []
  /** The path that carries what is new: the newest live one, unless another is preferred. */
  protected best: Path | undefined
  /** The other end's latest known life, 0 when it was never heard. */
  protected peer = 0
  protected ackDelayMs: number = DEFAULT_ACK_DELAY_MS
  /** What a RESET says. */
  protected reason: readonly P[] = NOTHING
  /** The other end has met this life: until then its cursors may still move away with an earlier one. */
  #met = false
  /** This life goes on from a snapshot. */
  #restored = false
  readonly #events: ChannelEvent<P>[] = []

  /** {@link Channel.attach} */
  attach({ id, limits }: PathInit & { readonly limits: FrameLimits }): void {
    this.paths = [...this.paths, new Path(id, limits)]
  }

  /** {@link Channel.detach} */
  detach(id: PathId): void {
    const path = this.find(id)
    if (!path) return
    this.paths = this.paths.filter((other) => other !== path)
    if (path === this.best) this.#carryOn(this.paths.findLast(({ live }) => live))
    this.lose(path)
    // The last acknowledgement may have been lost with it.
    this.ackDue = AT_ONCE
  }

  /** {@link Channel.prefer} */
  prefer(id: PathId): void {
    const path = this.find(id)
    if (path?.live) this.#carryOn(path)
  }

  /** {@link Channel.ping} */
  ping(id: PathId): void {
    owe(this.find(id), PING)
  }

  /** {@link Channel.receive} */
  receive(id: PathId, frame: Frame<P>, now: number): void {
    const path = this.find(id)
    const { kind, ack } = frame
    if (!path || !this.works || !(path.live || kind === HELLO)) {
      this.dropped += 1
      if (this.state === 'reset' && kind !== RESET) owe(path, RESET)
    } else if (kind === HELLO) this.#meet(path, frame, now)
    else {
      this.#met = true
      if (ack && !this.acknowledge(ack, path, now)) this.#close(path, 'ack')
      else this.#take(path, frame)
    }
    this.report()
  }

  /** {@link Channel.pull} */
  pull(now: number): OutgoingFrame<P> | undefined {
    for (const path of this.paths) {
      const debt = path.live && this.works ? path.due : path.due & EARLY
      if (debt) return this.#say(path, (31 - Math.clz32(debt & -debt)) as FrameKind)
    }
    const path = this.best
    if (!path || !this.works) return undefined
    const frame = this.unmet ? undefined : this.transmit(path, now)
    if (frame || this.ackDue === 0) return frame
    if (this.ackDue === AT_ONCE) return this.#say(path, ACK)
    if (this.ackAt === NEVER) this.ackAt = now + this.ackDelayMs
    return undefined
  }

  /** {@link Channel.timeout} */
  timeout(now: number): void {
    if (now < this.ackAt) return
    this.ackAt = NEVER
    this.ackDue = AT_ONCE
  }

  /** {@link Channel.deadline} */
  deadline(): number {
    return this.ackAt
  }

  /** {@link Channel.event} */
  event(): ChannelEvent<P> | undefined {
    return this.#events.shift()
  }

  /** {@link Channel.snapshot} */
  override snapshot(): ChannelSnapshot<P> {
    return { v: 1, incarnation: this.incarnation, peerIncarnation: this.peer, ...super.snapshot() }
  }

  /** Goes on where a snapshot was taken, as the next life. */
  override restore(snapshot: ChannelSnapshot<P>): void {
    super.restore(snapshot)
    this.incarnation = snapshot.incarnation + 1
    this.peer = snapshot.peerIncarnation
    this.#restored = true
  }

  /** Until it is met, a restored life stands still: whoever is compared with it must find it as it was stored (CH-15). */
  protected get unmet(): boolean {
    return this.#restored && !this.#met
  }

  protected find(id: PathId): Path | undefined {
    for (const path of this.paths) if (path.id === id) return path
    return undefined
  }

  protected tell(event: ChannelEvent<P>): void {
    this.#events.push(event)
  }

  /** Ends this life. Paths stay where the other end must learn of it. What was acknowledged is delivered, or was given up. */
  protected finish(state: 'frozen' | 'reset' | 'superseded' | 'state-lost'): void {
    this.state = state
    this.works = false
    this.ackAt = NEVER
    if (state !== 'state-lost') this.waiting = undefined
  }

  /** After an input: what the driver should know. */
  protected report(): void {
    if (this.slow && this.fits) {
      this.slow = false
      this.tell({ type: 'drain' })
    }
    for (const path of this.paths) {
      if (!path.left || !path.peerLeft || path.unseen > 0) continue
      path.left = false
      this.tell({ type: 'drained', path: path.id })
    }
  }

  /** Judges a HELLO and its acknowledgement (CH-15, CH-16): undefined when we go on, else what ends, the path or this life. */
  protected judge([, incarnation, known, sent, acked]: Hello, [received]: Ack, path: Path): Verdict {
    if (known > this.incarnation) return 'superseded'
    // A path belongs to one life of each end: its late frames must not meet the next one.
    if (incarnation < this.peer || (path.peer > 0 && incarnation !== path.peer)) return 'stale'
    if (this.#met && incarnation === this.peer) return undefined
    const ours = received <= this.sent && received >= this.acked
    const theirs = this.received <= sent && this.received >= acked
    return ours && theirs ? undefined : 'state-lost'
  }

  #meet(path: Path, { hello, ack }: Frame<P>, now: number): void {
    if (hello?.[0] !== CHANNEL_VERSION || !ack) {
      this.#close(path, 'version')
      return
    }
    const verdict = this.judge(hello, ack, path)
    if (!verdict) this.#agree(path, hello, ack, now)
    else if (verdict === 'stale') this.#close(path)
    else {
      // The other end has to see the cursors that do not agree, too: our last HELLO here may be older.
      owe(path, HELLO)
      this.finish(verdict)
      this.tell({ type: verdict })
    }
  }

  #agree(path: Path, [, incarnation, known, , , span, flags]: Hello, ack: Ack, now: number): void {
    const { paths } = this
    if (incarnation > this.peer) {
      for (const other of paths) if (other.live) this.#close(other)
      // What an earlier life sent beyond a gap may not be what this one sends.
      this.forget()
      if (this.peer > 0) this.rewind(ack)
      this.peer = incarnation
      this.#met = false
    }
    if (known === this.incarnation) this.#met = true
    if (flags & UNMET && path.named !== incarnation) owe(path, HELLO)
    this.span = span
    path.peer = incarnation
    if (!this.acknowledge(ack, path, now)) this.#close(path, 'ack')
    else if (!path.live) {
      path.live = true
      if (this.best && paths.indexOf(path) < paths.indexOf(this.best)) owe(path, LEAVE)
      else this.#carryOn(path)
    }
  }

  /** A frame that is no HELLO came on a live path. */
  #take(path: Path, frame: Frame<P>): void {
    const { kind, seq, payloads } = frame
    switch (kind) {
      case DATA:
      case WELCOME:
      case END: {
        const fault = this.accept(frame)
        if (fault) this.#close(path, fault)
        break
      }
      case PING:
        path.token = seq
        owe(path, PONG)
        break
      case PONG:
        this.lose(path, Math.min(seq, path.asked))
        break
      case LEAVE:
        path.peerLeft = true
        break
      case RESET:
        this.reason = payloads
        this.finish('reset')
        this.tell({ type: 'reset', reason: payloads[0] })
        break
      default:
        // these have said all in the frame's head
        kind satisfies typeof ACK | typeof HELLO
    }
  }

  /** From now on this path carries what is new; the one before is left. */
  #carryOn(path: Path | undefined): void {
    if (path === this.best) return
    owe(this.best, LEAVE)
    this.best = path
    if (!path) return
    path.due &= ~(1 << LEAVE)
    path.left = false
  }

  /** A path that is no longer read: of an earlier life, or for a fault. */
  #close(path: Path, reason?: string): void {
    const { id } = path
    this.tell(reason ? { type: 'violation', path: id, reason } : { type: 'stale', path: id })
    this.detach(id)
  }

  /** Control leaves, or an acknowledgement alone. */
  #say(path: Path, kind: FrameKind): OutgoingFrame<P> {
    const { incarnation, peer, sent, acked, spanMessages } = this
    const ack = kind < LEAVE ? this.ack(path) : undefined
    let seq = 0
    let hello: Hello | undefined
    path.due &= ~(1 << kind)
    if (kind === HELLO) {
      const flags = (path.peer > 0 ? HEARD : 0) | (this.unmet ? UNMET : 0)
      hello = [CHANNEL_VERSION, incarnation, peer, sent, acked, spanMessages, flags]
      path.named = peer
    } else if (kind === PING) seq = path.asked = this.tx += 1
    else if (kind === PONG) seq = path.token
    else if (kind === LEAVE) {
      path.left = true
      this.report()
    }
    return frameOf(path, kind, seq, kind === RESET ? this.reason : NOTHING, ack, hello)
  }
}

type Verdict = 'superseded' | 'stale' | 'state-lost' | undefined

/** Control is to be sent on a path, if there is one. */
export function owe(path: Path | undefined, kind: FrameKind): void {
  if (path) path.due |= 1 << kind
}
