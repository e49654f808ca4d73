import { Line } from './line.ts'

/**
 * Things of many holders, and which one goes when there are too many: the
 * oldest of whoever has the most. No step looks at more than one holder.
 */
export class Crowd<T> {
  readonly #holderOf = new Map<T, string>()
  /** What each holder has, oldest first. */
  readonly #held = new Map<string, Line<T>>()
  /** The holders by how much they have. */
  readonly #byCount = new Map<number, Line<string>>()
  #most = 0

  add(thing: T, holder: string): void {
    this.delete(thing)
    this.#holderOf.set(thing, holder)
    const things = this.#held.get(holder) ?? new Line()
    things.add(thing)
    this.#held.set(holder, things)
    this.#move(holder, things.size - 1, things.size)
    if (things.size > this.#most) this.#most = things.size
  }

  delete(thing: T): void {
    const holder = this.#holderOf.get(thing)
    const things = holder === undefined ? undefined : this.#held.get(holder)
    if (holder === undefined || things === undefined) return
    this.#holderOf.delete(thing)
    things.delete(thing)
    if (things.size === 0) this.#held.delete(holder)
    this.#move(holder, things.size + 1, things.size)
    // one that had the most has the most still, or nobody has as much any more
    if (!this.#byCount.has(this.#most)) this.#most -= 1
  }

  holderOf(thing: T): string | undefined {
    return this.#holderOf.get(thing)
  }

  /** The oldest of whoever has the most; undefined while nobody has two. */
  get oldestOfMost(): T | undefined {
    if (this.#most < 2) return undefined
    return this.#held.get(this.#byCount.get(this.#most)?.oldest ?? '')?.oldest
  }

  #move(holder: string, from: number, to: number): void {
    const before = this.#byCount.get(from)
    before?.delete(holder)
    if (before?.size === 0) this.#byCount.delete(from)
    if (to === 0) return
    const now = this.#byCount.get(to) ?? new Line()
    now.add(holder)
    this.#byCount.set(to, now)
  }
}
