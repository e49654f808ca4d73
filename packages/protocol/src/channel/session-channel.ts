import { ACK, DATA, type FrameKind, HELLO, PING, PONG, RESET } from './frame-kind.ts'
import { AT_ONCE, HEARD, NEVER, UNMET } from './limits.ts'
import { Path } from './path.ts'
import { NOTHING } from './receiving.ts'
import { Sending } from './sending.ts'
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
 * What is not part of a session, or the server's (welcome, end, reset, a
 * store, lossy paths, being at work on a message over a restore), is in the
 * layers above, which a bundle without them leaves out.
 */
export class SessionChannel<P> extends Sending<P> {
  /** {@link Channel.incarnation} */
  incarnation = 1
  /** {@link Channel.paths} */
  paths: readonly Path[] = []
  /** The other end's latest known life, 0 when it was never heard. */
  protected peer = 0
  /** The last token of a PING, and of whatever else is numbered as it leaves. */
  protected tx = 0
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
    this.choose()
    // what was under way on it is not any more, and nothing is to hold it
    if (path === this.carrier) this.carrier = undefined
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
    const { hello, ack, seq } = frame
    if (path && this.works && (path.live || hello)) {
      const fault = hello && ack ? this.#meet(path, hello, ack, seq, now) : this.take(path, frame, now)
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
    if (this.slow && this.fits) {
      this.slow = false
      this.tell({ type: 'drain' })
    }
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

  /** What is new goes on the newest live path. */
  protected choose(): void {
    this.best = this.paths.findLast(({ live }) => live)
  }

  protected find(id: PathId): Path | undefined {
    return this.paths.find((path) => path.id === id)
  }

  protected tell(event: ChannelEvent<P>): void {
    this.#events.push(event)
  }

  /** Ends this life. Paths stay where the other end must learn of it. */
  protected finish(_state: 'frozen' | 'reset' | 'superseded' | 'state-lost'): void {
    this.works = false
    this.ackAt = NEVER
  }

  /** Judges a HELLO and its acknowledgement (CH-15, CH-16): undefined when we go on, else what ends, the path or this life. */
  protected judge([incarnation, known, sent, acked]: Hello, [received]: Ack, path: Path): Verdict {
    if (known > this.incarnation) return 'superseded'
    // A path belongs to one life of each end: its late frames must not meet the next one.
    if (incarnation < this.peer || (path.live && incarnation !== path.peer)) return 'stale'
    if (this.#met && incarnation === this.peer) return undefined
    const ours = received <= this.sent && received >= this.acked
    const theirs = this.received <= sent && this.received >= acked
    return ours && theirs ? undefined : 'state-lost'
  }

  #meet(path: Path, hello: Hello, ack: Ack, flags: number, now: number): Fault | undefined {
    const [incarnation, known] = hello
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
      this.rewind()
      this.peer = incarnation
      this.#met = false
    }
    this.#met ||= known === this.incarnation
    if (flags & UNMET) owe(path, HELLO)
    path.peer = incarnation
    this.choose()
    // behind all that was said on a path that another one took over from (CH-12)
    for (const other of this.paths) if (other !== this.best) owe(other, PING)
    return this.acknowledge(ack, path, now)
  }

  /** A frame that is no HELLO came on a live path. */
  protected take(path: Path, frame: Frame<P>, now: number): Fault | undefined {
    const { kind, seq, ack } = frame
    this.#met = true
    const fault = ack && this.acknowledge(ack, path, now)
    if (fault) return fault
    if (kind === DATA) return this.accept(frame, now)
    if (kind === PING) {
      path.token = seq
      owe(path, PONG)
    } else if (kind === PONG && seq === path.asked) this.answered(path)
    // an ACK has said all in its head
    return undefined
  }

  /** What left on a path before our last PING there has arrived, or was lost. */
  protected answered(path: Path): void {
    if (path !== this.best) this.tell({ type: 'drained', path: path.id })
    else if (path.mark > this.reached) this.goBack()
    path.mark = -1
  }

  /** A path that is no longer read: of an earlier life, or for a fault. */
  #close({ id }: Path, reason: Fault): void {
    this.tell({ type: 'broken', path: id, reason })
    this.detach(id)
  }

  /** Control leaves, or an acknowledgement alone. */
  protected say(path: Path, kind: FrameKind): OutgoingFrame<P> {
    const { incarnation, peer, sent, acked } = this
    const ack = this.ack(path)
    let seq = 0
    let hello: Hello | undefined
    path.due &= ~(1 << kind)
    if (kind === HELLO) {
      seq = (path.live ? HEARD : 0) | (this.unmet ? UNMET : 0)
      hello = [incarnation, peer, sent, acked]
    } else if (kind === PING) {
      seq = path.asked = ++this.tx
      path.mark = this.at
    } else if (kind === PONG) seq = path.token
    return { path: path.id, kind, seq, payloads: NOTHING, ack, hello }
  }
}

type Verdict = 'superseded' | 'stale' | 'state-lost' | undefined

/** Control is to be sent on a path, if there is one. */
export function owe(path: Path | undefined, kind: FrameKind): void {
  if (path) path.due |= 1 << kind
}
