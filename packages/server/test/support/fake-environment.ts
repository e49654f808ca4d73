import type { StarEnvironment } from '../../src/index.ts'

interface Timer {
  readonly due: number
  readonly callback: () => void
}

/** A clock that moves when told, and chance from a seed (mulberry32). */
export class FakeEnvironment implements StarEnvironment {
  #now = 0
  #state: number
  readonly #timers = new Set<Timer>()

  constructor(seed = 1) {
    this.#state = seed
    // the star copies its environment's methods
    this.now = this.now.bind(this)
    this.after = this.after.bind(this)
    this.random = this.random.bind(this)
    this.randomBytes = this.randomBytes.bind(this)
  }

  get timers(): number {
    return this.#timers.size
  }

  now(): number {
    return this.#now
  }

  after(ms: number, callback: () => void): () => void {
    const timer = { due: this.#now + ms, callback }
    this.#timers.add(timer)
    return () => this.#timers.delete(timer)
  }

  random(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }

  randomBytes(count: number): Uint8Array {
    return Uint8Array.from({ length: count }, () => Math.floor(this.random() * 256))
  }

  /** Moves the clock, and runs what falls due on the way in order. */
  advance(ms: number): void {
    const end = this.#now + ms
    for (;;) {
      const next = [...this.#timers].sort((a, b) => a.due - b.due)[0]
      if (next === undefined || next.due > end) break
      this.#timers.delete(next)
      this.#now = Math.max(this.#now, next.due)
      next.callback()
    }
    this.#now = end
  }
}
