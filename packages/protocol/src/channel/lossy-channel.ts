import type { Cut } from './cut.ts'
import { HELLO, PING, PONG } from './frame-kind.ts'
import * as limits from './limits.ts'
import { MeasuredPath } from './measured-path.ts'
import { NOTHING } from './receiving.ts'
import { owe, SessionChannel } from './session-channel.ts'
import type { Ack, Fault, Frame, Hello, OutgoingFrame, PathId, PathInit } from './types.ts'

/** A receipt beyond a gap condemns what was sent this many transmissions earlier (CH-13). */
const REORDER_FRAMES = 3

/** A {@link SessionChannel} that also takes lossy paths, and measures the round trip of all. */
export class LossyChannel<P> extends SessionChannel<P> {
  declare paths: readonly MeasuredPath[]
  /** {@link Channel.dropped} */
  dropped = 0

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
    const named = path?.named
    if (!wasLive && !(path && this.works && frame.kind === HELLO)) this.dropped += 1
    super.receive(id, frame, now)
    if (path?.live && !wasLive && this.works) this.tell({ type: 'live', path: id })
    if (frame.hello) {
      if (path && this.works && this.paths.includes(path)) answer(path, frame.hello, named)
    } else if (path && wasLive) {
      path.heard = true
      if (frame.kind === PONG) {
        if (frame.seq === path.pingToken) path.sample(now - path.pingAt)
        path.pingToken = -1
      }
    }
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

  /** Notes when a frame of the sequence leaves; on a lossy path each acknowledges (CH-13). */
  protected override transmit(path: MeasuredPath, now: number): OutgoingFrame<P> | undefined {
    const frame = super.transmit(path, now)
    const cut = this.cuts[this.at]
    if (frame && cut) cut.sentAt = cut.sentAt < 0 ? now : limits.NEVER
    return frame && !frame.ack && path.lossy ? { ...frame, ack: this.ack(path) } : frame
  }

  protected override ack(path: MeasuredPath): Ack {
    const ack = super.ack(path)
    return path.lossy && this.beyond?.size ? [...ack, ...rangesOf(this.beyond.values())] : ack
  }

  /** Also of what came beyond a gap; measures the round trip by the latest of it, and finds what was overtaken. */
  protected override acknowledge(ack: Ack, from: MeasuredPath, now: number): Fault | undefined {
    const { sent, cuts } = this
    const [received, acked] = ack
    const ranges = from.lossy && ack.length > 4 ? ack.slice(4) : NOTHING
    if (received > sent || acked > received) return 'ack'
    let newest: Cut<P> | undefined
    let newestPath: MeasuredPath | undefined
    for (const cut of cuts) {
      if (cut.last > received && !isIn(ranges, cut)) {
        if (ranges.length === 0) break
        continue
      }
      const path = cut.path as MeasuredPath | undefined
      if (path) {
        path.seenTx = Math.max(path.seenTx, cut.tx)
        if (!newest || cut.tx > newest.tx) {
          newest = cut
          newestPath = path
        }
      }
      cut.path = undefined
      cut.due = false
    }
    if (newest) {
      // An answer that the tail timer had to ask for says nothing about the round trip.
      const { sentAt } = newest
      if (newestPath === from && sentAt < limits.NEVER && from.tails === 0) from.sample(now - sentAt)
      from.progress()
    }
    if (ranges.length > 0) {
      for (const cut of cuts) cut.due ||= isOvertaken(cut)
      this.at = 0
    }
    return super.acknowledge(ack, from, now)
  }

  /** We ask again until HELLO is heard, and while anything waits that the path could bring (CH-4, CH-14). */
  #arm(path: MeasuredPath, now: number): void {
    const waits =
      this.cuts.some((cut) => cut.path === path) ||
      (path === this.best && (this.slow || this.bufferedMessages > 0))
    if (path.heard && !(this.works && path.live && waits)) path.askAt = limits.NEVER
    else if (path.askAt === limits.NEVER) path.askAt = now + path.tailMs(this.ackDelayMs)
  }
}

/** Where a HELLO may be lost, its sender repeats it until anything else comes; a PING also measures the path (CH-4). */
function answer(path: MeasuredPath, [, incarnation, , , , , flags]: Hello, named: number | undefined): void {
  const heard = (flags & limits.HEARD) > 0
  if (heard) path.heard = true
  if (!path.lossy) return
  if (!heard) owe(path, HELLO)
  // One that was restored and not met is answered by a HELLO already.
  else if (!(flags & limits.UNMET) || named === incarnation) owe(path, PING)
}

function isIn(ranges: readonly number[], { seq, last }: Cut<unknown>): boolean {
  return ranges.some((first, i) => i % 2 === 0 && first <= seq && last <= (ranges[i + 1] ?? 0))
}

/** Later transmissions on the same lossy path arrived before it. */
function isOvertaken({ path, tx }: Cut<unknown>): boolean {
  return path instanceof MeasuredPath && path.lossy && tx + REORDER_FRAMES <= path.seenTx
}

function rangesOf(frames: Iterable<Frame<unknown>>): number[] {
  const ranges: number[] = []
  for (const { seq, payloads } of [...frames].sort((a, b) => a.seq - b.seq)) {
    if (ranges.at(-1) === seq - 1) ranges.pop()
    else ranges.push(seq)
    ranges.push(seq + payloads.length - 1)
  }
  return ranges.slice(0, 2 * limits.MAX_RANGES)
}
