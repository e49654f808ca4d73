import type { Cut } from './cut.ts'
import type { Path } from './path.ts'
import type { Ack } from './types.ts'

/** A receipt beyond a gap condemns what was sent this many transmissions earlier (CH-13). */
const REORDER_FRAMES = 3
const NO_RANGES: readonly number[] = []

/** What was cut and is not acknowledged, oldest first, and which of it has to be sent (again). */
export class Flight<P> {
  readonly cuts: Cut<P>[] = []
  /** Transmissions so far, PINGs included: each has a number of its own. */
  tx = 0
  /** What is due, oldest first; some of it may have been seen since. */
  #due: Cut<P>[] = []

  push(cut: Cut<P>): void {
    this.cuts.push(cut)
    this.#due.push(cut)
  }

  /** The oldest that is due. */
  get due(): Cut<P> | undefined {
    while (this.#due[0]?.seen) this.#due.shift()
    return this.#due[0]
  }

  /** What is due leaves on a path. */
  sending(cut: Cut<P>, path: Path, now: number): void {
    this.#due.shift()
    if (cut.path) cut.path.unseen -= 1
    path.unseen += 1
    cut.path = path
    cut.resent = cut.tx > 0
    cut.tx = this.tx += 1
    cut.sentAt = now
    cut.due = false
  }

  /** Marks what the other end has, and measures the round trip by the latest of it. */
  see(ack: Ack, from: Path, now: number): void {
    const [received] = ack
    const ranges = from.lossy && ack.length > 4 ? ack.slice(4) : NO_RANGES
    let newest: Cut<P> | undefined
    const isBeyondGap = ({ seq, last }: Cut<P>) =>
      ranges.some((first, i) => i % 2 === 0 && first <= seq && last <= (ranges[i + 1] ?? 0))
    for (const cut of this.cuts) {
      if (cut.last > received) {
        if (ranges.length === 0) break
        if (!isBeyondGap(cut)) continue
      }
      const { path, seen } = cut
      cut.seen = true
      if (seen || !path) continue
      path.unseen -= 1
      path.seenTx = Math.max(path.seenTx, cut.tx)
      if (!newest || cut.tx > newest.tx) newest = cut
    }
    if (newest) {
      // An answer that the tail timer had to ask for says nothing about the round trip.
      if (newest.path === from && !newest.resent && from.tails === 0) from.sample(now - newest.sentAt)
      from.progress()
    }
    // What later transmissions on the same lossy path have overtaken for good.
    if (ranges.length > 0) this.#again(({ path, tx }) => path?.lossy && tx + REORDER_FRAMES <= path.seenTx)
  }

  /** Forgets what the other end has acknowledged. */
  forget(acked: number): void {
    let count = 0
    for (; count < this.cuts.length; count++) if ((this.cuts[count]?.last ?? 0) > acked) break
    if (count > 0) this.cuts.splice(0, count)
  }

  /** The path is gone, or an answer shows that what left on it up to a transmission did not arrive. */
  lose(path: Path, upTo = Number.POSITIVE_INFINITY): void {
    this.#again((cut) => cut.path === path && cut.tx <= upTo)
  }

  /** The other end was restored: only what it says it has counts. */
  rewind(received: number): void {
    for (const cut of this.cuts) {
      if (cut.last <= received || !cut.seen) continue
      cut.seen = false
      if (cut.path) cut.path.unseen += 1
    }
    this.#again(() => true)
  }

  /** What the other end does not have and fits a description is sent again. */
  #again(fits: (cut: Cut<P>) => boolean | undefined): void {
    for (const cut of this.cuts) cut.due ||= !cut.seen && !!fits(cut)
    this.#due = this.cuts.filter(({ due, seen }) => due && !seen)
  }
}
