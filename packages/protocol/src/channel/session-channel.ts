import { ACK, type FrameKind, HELLO, LEAVE, PING, PONG, RESET } from './frame-kind.ts'
import { AT_ONCE, CHANNEL_VERSION, HEARD, NEVER, UNMET } from './limits.ts'
import { Path } from './path.ts'
import { NOTHING } from './receiving.ts'
import { frameOf, Sending } from './sending.ts'
import type {
  Ack,
  ChannelEvent,
  ChannelSnapshot,
  Fault,
  Frame,
  Hello,
  OutgoingFrame,
  PathId,
  PathInit,
} from './types.ts'

/**
 * The part of a {@link Channel} that the client of a session needs: messages
 * both ways over in-order paths after a welcome, credit, heartbeats, lives.
 * What it never does itself (welcome, end, reset, a store, lossy paths, being
 * at work on a message over a restore) is in the layers above, which a bundle
 * without them leaves out; of what the other end may do of that, it follows
 * what concerns a session (SES-6).
 */
export class SessionChannel<P> extends Sending<P> {
  /** {@link Channel.incarnation} */
  incarnation = 1
  /** {@link Channel.paths} */
  paths: readonly Path[] = []
  /** The path that carries what is new: the newest live one, unless another is preferred. */
  protected best: Path | undefined
  /** The other end's latest known life, 0 when it was never heard. */
  protected peer = 0
  /** The other end has met this life: until then its cursors may still move away with an earlier one. */
  #met = false
  /** This life goes on from a snapshot. */
  #restored = false
  readonly #events: ChannelEvent<P>[] = []

  /** {@link Channel.attach} */
  attach({ id }: PathInit): void {
    this.paths = [...this.paths, new Path(id)]
  }

  /** {@link Channel.detach} */
  detach(id: PathId): void {
    const path = this.find(id)
    if (!path) return
    this.paths = this.paths.filter((other) => other !== path)
    if (path === this.best) this.carryOn()
    this.lose(path)
    // The last acknowledgement may have been lost with it.
    this.ackAt = AT_ONCE
  }

  /** {@link Channel.ping} */
  ping(id: PathId): void {
    owe(this.find(id), PING)
  }

  /** {@link Channel.receive} */
  receive(id: PathId, frame: Frame<P>, now: number): void {
    const path = this.find(id)
    if (path && this.works && (path.live || frame.kind === HELLO)) {
      const fault = frame.hello ? this.#meet(path, frame, frame.hello, now) : this.#take(path, frame, now)
      if (fault) this.#close(path, fault)
    }
  }

  /** {@link Channel.pull} */
  pull(now: number): OutgoingFrame<P> | undefined {
    const { best, works } = this
    for (const path of this.paths) {
      // before the other end was heard there, and by a Channel that no longer works, little is said
      const debt = path.live && works ? path.due : path.due & ((1 << HELLO) | (1 << RESET))
      if (debt) return this.say(path, (31 - Math.clz32(debt & -debt)) as FrameKind)
    }
    if (!best || !works) return undefined
    const frame = this.unmet ? undefined : this.transmit(best, now)
    return frame || this.ackAt > now ? frame : this.say(best, ACK)
  }

  /** {@link Channel.timeout} */
  timeout(now: number): void {
    if (now >= this.ackAt) this.ackAt = AT_ONCE
  }

  /** {@link Channel.deadline} */
  deadline(): number {
    return this.ackAt || NEVER
  }

  /** {@link Channel.event} */
  event(): ChannelEvent<P> | undefined {
    this.report()
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

  /** Ends this life. Paths stay where the other end must learn of it. */
  protected finish(_state: 'frozen' | 'reset' | 'superseded' | 'state-lost'): void {
    this.works = false
    this.ackAt = NEVER
  }

  /** What the driver should know by now. */
  protected report(): void {
    if (this.slow && this.fits) {
      this.slow = false
      this.tell({ type: 'drain' })
    }
    for (const path of this.paths) {
      if (!path.left || !path.peerLeft || this.cuts.some((cut) => cut.path === path)) continue
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

  #meet(path: Path, { ack }: Frame<P>, hello: Hello, now: number): Fault | undefined {
    const [version, incarnation, known, , , span, flags] = hello
    if (version !== CHANNEL_VERSION || !ack) return 'version'
    const verdict = this.judge(hello, ack, path)
    if (verdict === 'stale') return verdict
    if (verdict) {
      // The other end has to see the cursors that do not agree, too: our last HELLO here may be older.
      owe(path, HELLO)
      this.finish(verdict)
      this.tell({ type: verdict })
      return undefined
    }
    if (incarnation > this.peer) {
      for (const other of this.paths) if (other.live) this.#close(other, 'stale')
      // What an earlier life sent beyond a gap may not be what this one sends.
      this.forget()
      this.rewind()
      this.peer = incarnation
      this.#met = false
    }
    if (known === this.incarnation) this.#met = true
    if (flags & UNMET && path.named !== incarnation) owe(path, HELLO)
    this.span = span
    path.peer = incarnation
    const fault = this.acknowledge(ack, path, now)
    if (!fault && !path.live) {
      path.live = true
      // unless it is the newest
      owe(path, LEAVE)
      this.carryOn()
    }
    return fault
  }

  /** A frame that is no HELLO came on a live path. */
  #take(path: Path, frame: Frame<P>, now: number): Fault | undefined {
    const { kind, seq, payloads, ack } = frame
    this.#met = true
    const fault = ack && this.acknowledge(ack, path, now)
    if (fault) return fault
    if (kind < ACK) return this.accept(frame, now)
    if (kind === PING) {
      path.token = seq
      owe(path, PONG)
    } else if (kind === PONG) this.lose(path, Math.min(seq, path.asked))
    else if (kind === LEAVE) path.peerLeft = true
    else if (kind === RESET) {
      this.finish('reset')
      this.tell({ type: 'reset', reason: payloads[0] })
    }
    // an ACK has said all in its head
    return undefined
  }

  /** From now on this path, the newest live one unless told, carries what is new; the one before is left. */
  protected carryOn(path = this.paths.findLast(({ live }) => live)): void {
    if (path === this.best) return
    owe(this.best, LEAVE)
    this.best = path
    if (!path) return
    path.due &= ~(1 << LEAVE)
    path.left = false
  }

  /** A path that is no longer read: of an earlier life, or for a fault. */
  #close({ id }: Path, reason: Fault): void {
    this.tell({ type: 'broken', path: id, reason })
    this.detach(id)
  }

  /** Control leaves, or an acknowledgement alone. */
  protected say(path: Path, kind: FrameKind): OutgoingFrame<P> {
    const { peer } = this
    const ack = kind < LEAVE ? this.ack(path) : undefined
    let seq = 0
    let hello: Hello | undefined
    path.due &= ~(1 << kind)
    if (kind === HELLO) {
      const flags = (path.peer > 0 ? HEARD : 0) | (this.unmet ? UNMET : 0)
      hello = [CHANNEL_VERSION, this.incarnation, peer, this.sent, this.acked, this.spanMessages, flags]
      path.named = peer
    } else if (kind === PING) seq = path.asked = ++this.tx
    else if (kind === PONG) seq = path.token
    else if (kind === LEAVE) path.left = true
    return frameOf(path, kind, seq, NOTHING, ack, hello)
  }
}

type Verdict = 'superseded' | 'stale' | 'state-lost' | undefined

/** Control is to be sent on a path, if there is one. */
export function owe(path: Path | undefined, kind: FrameKind): void {
  if (path) path.due |= 1 << kind
}
