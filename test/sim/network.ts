import type { Random } from '../../packages/protocol/test/channel/sim/random.ts'
import type { Clock, Owner } from './clock.ts'
import { type Conditions, type End, Pipe } from './pipe.ts'

/** A connection takes that many journeys to be there: TCP, the upgrade, Engine.IO's handshake. */
const JOURNEYS = 3
/** How long it takes to find that there is nobody, in milliseconds. */
const NOBODY_MS = 500

/** All connections between clients and the one server that there is. */
export class Network {
  readonly clock: Clock
  readonly random: Random
  conditions: Conditions
  /** Whether anything goes through. */
  up = true
  /** How late an end may notice that its connection was cut, in milliseconds. */
  noticeMs: number
  /** Who accepts connections; undefined while no server runs. */
  accept: ((end: End) => void) | undefined
  cuts = 0
  readonly #pipes = new Set<Pipe>()
  readonly #of = new Map<Pipe, Owner>()

  constructor(clock: Clock, random: Random, conditions: Conditions, noticeMs: number) {
    this.clock = clock
    this.random = random
    this.conditions = conditions
    this.noticeMs = noticeMs
  }

  /** Connects, or does not: then `then` gets undefined. The returned function gives it up. */
  connect(owner: Owner, then: (end: End | undefined) => void): () => void {
    const { clock, random, conditions } = this
    const ms = JOURNEYS * (conditions.latencyMs + random.next() * conditions.jitterMs)
    if (!this.up || this.accept === undefined) return clock.after(NOBODY_MS, () => then(undefined), owner)
    return clock.after(
      ms,
      () => {
        const { accept } = this
        if (!this.up || accept === undefined) {
          then(undefined)
          return
        }
        const pipe = new Pipe(clock, random, this.conditions)
        this.#pipes.add(pipe)
        this.#of.set(pipe, owner)
        accept(pipe.server)
        then(pipe.client)
      },
      owner,
    )
  }

  /** The connections that somebody still has. */
  get pipes(): Pipe[] {
    for (const pipe of this.#pipes) {
      if (pipe.open) continue
      this.#pipes.delete(pipe)
      this.#of.delete(pipe)
    }
    return [...this.#pipes]
  }

  of(owner: Owner): Pipe[] {
    return this.pipes.filter((pipe) => this.#of.get(pipe) === owner)
  }

  any(): Pipe | undefined {
    const { pipes } = this
    return pipes[this.random.int(0, Math.max(0, pipes.length - 1))]
  }

  cut(pipe: Pipe): void {
    this.cuts += 1
    pipe.cut(this.noticeMs)
  }
}
