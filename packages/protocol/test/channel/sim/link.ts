import type { Random } from './random.ts'
import type { World } from './world.ts'

/** What one direction of a virtual connection does to what it carries. */
export interface LinkConditions {
  readonly latencyMs: number
  /** Up to this much more, at random. On a lossy link it reorders. */
  readonly jitterMs: number
  readonly bytesPerSecond: number
  /** Probabilities; lossy links only. */
  readonly loss: number
  readonly duplicate: number
  /** What does not fit here while it waits for bandwidth is lost; lossy links only. */
  readonly queueBytes: number
}

export const GOOD_LINK: LinkConditions = {
  latencyMs: 20,
  jitterMs: 0,
  bytesPerSecond: 10_000_000,
  loss: 0,
  duplicate: 0,
  queueBytes: 10_000_000,
}

/**
 * One direction of a virtual connection in virtual time. An in-order one
 * delivers everything, once and in order, until it is cut; a lossy one loses,
 * doubles and reorders as its conditions say. It may be cut or stalled at any
 * instant; what is under way then is lost or waits.
 */
export class Link<T> {
  conditions: LinkConditions
  readonly #world: World
  readonly #random: Random
  readonly #inOrder: boolean
  readonly #deliver: (item: T) => void
  #cut = false
  #stalledUntil = 0
  #busyUntil = 0
  #lastArrival = 0

  constructor(
    world: World,
    random: Random,
    inOrder: boolean,
    conditions: LinkConditions,
    deliver: (item: T) => void,
  ) {
    this.#world = world
    this.#random = random
    this.#inOrder = inOrder
    this.conditions = conditions
    this.#deliver = deliver
  }

  send(item: T, bytes: number): void {
    if (this.#cut) return
    const { now } = this.#world
    const { latencyMs, jitterMs, bytesPerSecond, loss, duplicate, queueBytes } = this.conditions
    const start = Math.max(now, this.#busyUntil, this.#stalledUntil)
    if (!this.#inOrder && ((start - now) * bytesPerSecond) / 1_000 > queueBytes) return
    this.#busyUntil = start + (bytes * 1_000) / bytesPerSecond
    if (!this.#inOrder && this.#random.chance(loss)) return
    const copies = !this.#inOrder && this.#random.chance(duplicate) ? 2 : 1
    for (let i = 0; i < copies; i++) {
      const arrival = this.#busyUntil + latencyMs + this.#random.next() * jitterMs
      this.#arrive(item, this.#inOrder ? Math.max(arrival, this.#lastArrival) : arrival)
    }
  }

  /** Nothing sent, and nothing under way, arrives any more. */
  cut(): void {
    this.#cut = true
  }

  /** Holds everything for a while. */
  stall(ms: number): void {
    this.#stalledUntil = Math.max(this.#stalledUntil, this.#world.now + ms)
  }

  #arrive(item: T, at: number): void {
    this.#lastArrival = Math.max(this.#lastArrival, at)
    this.#world.at(at, () => {
      if (this.#cut) return
      if (this.#stalledUntil > this.#world.now) this.#arrive(item, this.#stalledUntil)
      else this.#deliver(item)
    })
  }
}
