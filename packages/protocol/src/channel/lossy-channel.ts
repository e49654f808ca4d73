import { HELLO, PING, PONG } from './frame-kind.ts'
import * as limits from './limits.ts'
import { MeasuredPath } from './measured-path.ts'
import { NOTHING } from './receiving.ts'
import { owe, SessionChannel } from './session-channel.ts'
import type { Ack, Fault, Frame, OutgoingFrame, PathId, PathInit } from './types.ts'

/** A receipt beyond a gap condemns what was sent this many transmissions earlier (CH-13). */
const REORDER_FRAMES = 3

/** A frame that is under way on a lossy path. */
interface Flight {
  readonly seq: number
  readonly last: number
  /** As which transmission it was last sent. */
  tx: number
  /** When it was sent; Infinity when that happened more than once. */
  sentAt: number
  lost: boolean
}

/** A {@link SessionChannel} that also takes lossy paths, and measures the round trip of all. */
export class LossyChannel<P> extends SessionChannel<P> {
  declare paths: readonly MeasuredPath[]
  /** {@link Channel.dropped} */
  dropped = 0
  /** Frames beyond a gap by their first sequence number; made when one comes. */
  protected beyond: Map<number, Frame<P>> | undefined
  #beyondBytes = 0
  /** What the other end is not known to have, on a lossy path, oldest first. */
  #flights: Flight[] = []
  /** The latest transmission that is known to have arrived. */
  #seenTx = 0

  /** {@link Channel.roundTrip} */
  roundTrip(id: PathId): number | undefined {
    return this.find(id)?.rttMs
  }

  override attach(init: PathInit): void {
    this.paths = [...this.paths, new MeasuredPath(init)]
  }

  override receive(id: PathId, frame: Frame<P>, now: number): void {
    const path = this.find(id)
    const wasLive = this.works && path?.live
    if (!wasLive && !(path && this.works && frame.hello)) this.dropped += 1
    super.receive(id, frame, now)
    if (path?.live && !wasLive && this.works) this.tell({ type: 'live', path: id })
    if (frame.hello && path && this.works && this.paths.includes(path)) answer(path, frame.seq)
  }

  override pull(now: number): OutgoingFrame<P> | undefined {
    for (const path of this.paths) if (path.lossy) this.#arm(path, now)
    const frame = super.pull(now)
    const path = frame?.kind === PING ? this.find(frame.path) : undefined
    if (frame && path) {
      path.pingAt = now
      path.pingToken = frame.seq
    }
    // No ranges in a HELLO: to whom it speaks may not be known (CH-4).
    if (frame?.kind !== HELLO || !frame.ack) return frame
    const [received, ack, messages, bytes] = frame.ack
    return { ...frame, ack: [received, ack, messages, bytes] }
  }

  override timeout(now: number): void {
    super.timeout(now)
    for (const path of this.paths) {
      if (now < path.askAt) continue
      path.askAt = limits.NEVER
      path.tails += 1
      owe(path, path.heard ? PING : HELLO)
    }
  }

  override deadline(): number {
    let at = super.deadline()
    for (const path of this.paths) at = Math.min(at, path.askAt)
    return at
  }

  protected override find(id: PathId): MeasuredPath | undefined {
    return super.find(id) as MeasuredPath | undefined
  }

  protected override take(path: MeasuredPath, frame: Frame<P>, now: number): Fault | undefined {
    const { kind, seq } = frame
    path.heard = true
    const fault = super.take(path, frame, now)
    if (fault || kind !== PONG) return fault
    if (seq === path.pingToken) path.sample(now - path.pingAt)
    path.pingToken = -1
    // an earlier PING's answer says less, and may be the only one that arrives
    if (path === this.best && path.lossy)
      for (const flight of this.#flights) flight.lost ||= flight.tx < Math.min(seq, path.asked)
    return undefined
  }

  protected override answered(path: MeasuredPath): void {
    if (path !== this.best || !path.lossy) super.answered(path)
  }

  /** On a lossy path each frame of the sequence acknowledges, and may be lost alone (CH-13). */
  protected override transmit(path: MeasuredPath, now: number): OutgoingFrame<P> | undefined {
    if (!path.lossy) return super.transmit(path, now)
    const lost = path === this.carrier ? this.#flights.find((flight) => flight.lost) : undefined
    const frame = lost
      ? this.frame(path, Math.max(lost.seq - 1, this.acked), lost.last)
      : super.transmit(path, now)
    if (!frame) return undefined
    const tx = ++this.tx
    if (lost) Object.assign(lost, { tx, sentAt: limits.NEVER, lost: false })
    else this.#flights.push({ seq: frame.seq, last: this.at, tx, sentAt: now, lost: false })
    return frame.ack ? frame : { ...frame, ack: this.ack(path) }
  }

  protected override goBack(): void {
    super.goBack()
    this.#flights = []
  }

  protected override rewind(): void {
    super.rewind()
    // What an earlier life sent beyond a gap may not be what this one sends.
    this.forget()
  }

  protected override ack(path: MeasuredPath): Ack {
    const ack = super.ack(path)
    return path.lossy && this.beyond ? [...ack, ...rangesOf(this.beyond.values())] : ack
  }

  /** Also of what came beyond a gap; measures the round trip by the latest of it, and finds what was overtaken. */
  protected override acknowledge(ack: Ack, from: MeasuredPath, now: number): Fault | undefined {
    const [received] = ack
    const { at } = this
    const fault = super.acknowledge(ack, from, now)
    if (fault) return fault
    // it came on another path, and says nothing of this one
    if (received > at) this.#flights = []
    if (this.#flights.length === 0) return undefined
    const ranges = from.lossy ? ack.slice(4) : NOTHING
    const arrived: Flight[] = []
    const left: Flight[] = []
    for (const flight of this.#flights)
      (flight.last <= this.reached || isIn(ranges, flight) ? arrived : left).push(flight)
    this.#flights = left
    const newest = arrived.sort((a, b) => a.tx - b.tx).at(-1)
    if (newest) {
      this.#seenTx = Math.max(this.#seenTx, newest.tx)
      // An answer that the tail timer had to ask for says nothing about the round trip.
      const { sentAt } = newest
      if (from === this.carrier && sentAt < limits.NEVER && from.tails === 0) from.sample(now - sentAt)
      from.progress()
    }
    if (ranges.length > 0)
      for (const flight of left) flight.lost ||= flight.tx + REORDER_FRAMES <= this.#seenTx
    return undefined
  }

  /** What comes beyond a gap waits for it, where there may be one (CH-12). */
  protected override accept(frame: Frame<P>, now: number): Fault | undefined {
    if (frame.seq > this.received + 1 && this.paths.some(({ lossy }) => lossy)) return this.#hold(frame)
    let fault = super.accept(frame, now)
    if (!this.beyond) return fault
    for (let next = this.#unhold(); next && !fault; next = this.#unhold()) fault = super.accept(next, now)
    return fault
  }

  /** What came beyond a gap counts no more. */
  protected forget(): void {
    this.beyond = undefined
    this.#beyondBytes = 0
  }

  /** What does not fit is as good as lost (CH-10). */
  #hold(frame: Frame<P>): Fault | undefined {
    this.ackAt = limits.AT_ONCE
    if (frame.seq > this.toldMessages) return 'credit'
    this.beyond ??= new Map()
    if (this.beyond.has(frame.seq) || this.#beyondBytes >= this.windowBytes) return undefined
    this.beyond.set(frame.seq, frame)
    this.#beyondBytes += this.#weigh(frame)
    return undefined
  }

  /** A held frame whose turn it is. */
  #unhold(): Frame<P> | undefined {
    for (const frame of this.beyond?.values() ?? []) {
      if (frame.seq > this.received + 1) continue
      this.beyond?.delete(frame.seq)
      this.#beyondBytes -= this.#weigh(frame)
      return frame
    }
    return undefined
  }

  #weigh({ payloads }: Frame<P>): number {
    return payloads.reduce((bytes, payload) => bytes + this.measure.bytes(payload), 0)
  }

  /** We ask again until HELLO is heard, while anything waits that the path could bring, and for the answer that it is drained (CH-4, CH-14). */
  #arm(path: MeasuredPath, now: number): void {
    const waits = path === this.best ? this.slow || this.bufferedMessages > 0 : path.pingToken >= 0
    if (path.heard && !(this.works && path.live && waits)) path.askAt = limits.NEVER
    else if (path.askAt === limits.NEVER) path.askAt = now + path.tailMs(this.ackDelayMs)
  }
}

/** Where a HELLO may be lost, its sender repeats it until anything else comes; a PING also measures the path (CH-4). */
function answer(path: MeasuredPath, flags: number): void {
  const heard = (flags & limits.HEARD) > 0
  if (heard) path.heard = true
  if (!path.lossy) return
  if (!heard) owe(path, HELLO)
  // One that was restored and not met is answered by a HELLO already.
  else if (!(flags & limits.UNMET)) owe(path, PING)
}

function isIn(ranges: readonly number[], { seq, last }: Flight): boolean {
  return ranges.some((first, i) => i % 2 === 0 && first <= seq && last <= (ranges[i + 1] ?? 0))
}

function rangesOf(frames: Iterable<Frame<unknown>>): number[] {
  const ranges: number[] = []
  for (const { seq, payloads } of [...frames].sort((a, b) => a.seq - b.seq)) {
    const last = seq + payloads.length - 1
    const before = ranges.at(-1) ?? -1
    if (ranges.length > 0 && seq <= before + 1) ranges[ranges.length - 1] = Math.max(before, last)
    else ranges.push(seq, last)
  }
  return ranges.slice(0, 2 * limits.MAX_RANGES)
}
