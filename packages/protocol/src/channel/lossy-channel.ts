import type { Cut } from './cut.ts'
import { type FrameKind, HELLO, PING, PONG } from './frame-kind.ts'
import { HEARD, MAX_RANGES } from './limits.ts'
import { MeasuredPath } from './measured-path.ts'
import { NEVER } from './receiving.ts'
import { owe, SessionChannel } from './session-channel.ts'
import type { Ack, Frame, Hello, OutgoingFrame, PathId, PathInit } from './types.ts'

/** A receipt beyond a gap condemns what was sent this many transmissions earlier (CH-13). */
const REORDER_FRAMES = 3
const NO_RANGES: readonly number[] = []

/** A {@link SessionChannel} that also takes lossy paths, and measures the round trip of all. */
export class LossyChannel<P> extends SessionChannel<P> {
  declare protected paths: readonly MeasuredPath[]

  /** {@link Channel.roundTrip} */
  roundTrip(id: PathId): number | undefined {
    return this.find(id)?.rttMs
  }

  override pull(now: number): OutgoingFrame<P> | undefined {
    for (const path of this.paths) this.#arm(path, now)
    const frame = super.pull(now)
    if (frame?.kind === PING) {
      const path = this.find(frame.path)
      if (path) {
        path.pingAt = now
        path.pingToken = frame.seq
      }
    }
    return frame
  }

  override timeout(now: number): void {
    super.timeout(now)
    for (const path of this.paths) {
      if (now < path.askAt) continue
      path.askAt = NEVER
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

  protected override pathOf(init: PathInit): MeasuredPath {
    return new MeasuredPath(init, init.limits ?? this.settings.frameLimits)
  }

  protected override answer(path: MeasuredPath, hello: Hello): FrameKind | undefined {
    const heard = (hello[6] & HEARD) > 0
    if (heard) path.heard = true
    // Where a HELLO may be lost, its sender repeats it until anything else comes; a PING also measures the path.
    const lossy = heard ? PING : HELLO
    return super.answer(path, hello) ?? (path.lossy ? lossy : undefined)
  }

  protected override take(path: MeasuredPath, frame: Frame<P>, now: number): void {
    path.heard = true
    if (frame.kind === PONG) {
      if (frame.seq === path.pingToken) path.sample(now - path.pingAt)
      path.pingToken = -1
    }
    super.take(path, frame, now)
  }

  protected override riding(path: MeasuredPath): Ack | undefined {
    return path.lossy ? this.ack(path) : super.riding(path)
  }

  protected override ack(path: MeasuredPath): Ack {
    const ack = super.ack(path)
    return path.lossy && this.beyond?.size ? [...ack, ...rangesOf(this.beyond.values())] : ack
  }

  /** Also what came beyond a gap; measures the round trip by the latest of it, and finds what was overtaken. */
  protected override see(ack: Ack, from: MeasuredPath, now: number): void {
    const [received] = ack
    const ranges = from.lossy && ack.length > 4 ? ack.slice(4) : NO_RANGES
    let newest: Cut<P> | undefined
    for (const cut of this.cuts) {
      if (cut.last > received) {
        if (ranges.length === 0) break
        if (!ranges.some((first, i) => i % 2 === 0 && first <= cut.seq && cut.last <= (ranges[i + 1] ?? 0)))
          continue
      }
      const path = cut.seen ? undefined : (cut.path as MeasuredPath | undefined)
      this.arrived(cut)
      if (!path) continue
      path.seenTx = Math.max(path.seenTx, cut.tx)
      if (!newest || cut.tx > newest.tx) newest = cut
    }
    if (newest) {
      // An answer that the tail timer had to ask for says nothing about the round trip.
      const { path, sentAt } = newest
      if (path === from && sentAt < NEVER && from.tails === 0) from.sample(now - sentAt)
      from.progress()
    }
    if (ranges.length > 0) this.again(isOvertaken)
  }

  /** On a lossy path we ask again until HELLO is heard, and while anything waits that the path could bring (CH-4, CH-14). */
  #arm(path: MeasuredPath, now: number): void {
    if (!path.lossy) return
    const waits = path.unseen > 0 || (path === this.best && (this.slow || this.bufferedMessages > 0))
    if (path.heard && !(this.works && path.live && waits)) path.askAt = NEVER
    else if (path.askAt === NEVER) path.askAt = now + path.tailMs(this.settings.ackDelayMs)
  }
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
  return ranges.slice(0, 2 * MAX_RANGES)
}
