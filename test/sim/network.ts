import type { Random } from '../../packages/protocol/test/channel/sim/random.ts'
import type { Clock, Owner } from './clock.ts'
import type { Machine } from './machine.ts'
import { type Conditions, type End, Pipe } from './pipe.ts'

/** A connection takes that many journeys to be there: TCP, the upgrade, Engine.IO's handshake. */
const JOURNEYS = 3
/** How long it takes to find that there is nobody, in milliseconds. */
const NOBODY_MS = 500

/** A Manager gives up an attempt that is not answered by then, in milliseconds. */
const NO_ANSWER_MS = 20_000

/** The longest until a connection that began with polling is a WebSocket, in milliseconds. */
const UPGRADE_MS = 1_000

/** What Engine.IO connects by; `upgrade`: first with polling, and then by WebSocket. */
export type Transports = 'websocket' | 'polling' | 'upgrade'

/** A process that accepts connections. */
interface Listener {
  readonly machine: Machine
  accept(end: End): void
}

/** All connections between clients and the one server that there is. */
export class Network {
  readonly clock: Clock
  readonly random: Random
  conditions: Conditions
  /** Whether anything goes through. */
  up = true
  /** How late an end may notice that its connection was cut, in milliseconds. */
  noticeMs: number
  /** Undefined while no server runs. */
  listener: Listener | undefined
  cuts = 0
  /** A packet came in between the frames of another one, or beside a request. */
  torn = false
  readonly transports: Transports
  readonly #pipes = new Set<Pipe>()
  readonly #of = new Map<Pipe, Owner>()

  constructor(
    clock: Clock,
    random: Random,
    conditions: Conditions,
    noticeMs: number,
    transports: Transports = 'websocket',
  ) {
    this.transports = transports
    this.clock = clock
    this.random = random
    this.conditions = conditions
    this.noticeMs = noticeMs
  }

  /** Connects, or does not: then `then` gets undefined. The returned function gives it up. */
  connect(owner: Owner, then: (end: End | undefined) => void): () => void {
    const { clock, random, conditions } = this
    const ms = JOURNEYS * (conditions.latencyMs + random.next() * conditions.jitterMs)
    const { machine } = this.listener ?? {}
    if (!this.up || machine === undefined) return clock.after(NOBODY_MS, () => then(undefined), owner)
    const late = clock.now + NO_ANSWER_MS < machine.readyAt(clock.now + ms, false)
    if (late) return clock.after(NO_ANSWER_MS, () => then(undefined), owner)
    return clock.after(
      machine.readyAt(clock.now + ms, false) - clock.now,
      () => {
        const { listener } = this
        if (!this.up || listener === undefined) {
          then(undefined)
          return
        }
        const pipe = new Pipe(clock, random, this.conditions, owner.machine, listener.machine)
        if (this.transports !== 'websocket')
          pipe.poll(this.transports === 'polling' ? undefined : random.next() * UPGRADE_MS)
        pipe.torn = () => {
          this.torn = true
        }
        this.#pipes.add(pipe)
        this.#of.set(pipe, owner)
        listener.accept(pipe.server)
        then(pipe.client)
      },
      owner,
    )
  }

  /** A machine sleeps for so long, in milliseconds. */
  slept(machine: Machine, ms: number, clockStops: boolean): void {
    for (const pipe of this.pipes) {
      for (const end of [pipe.client, pipe.server])
        if (end.machine === machine) pipe.slept(end, ms, clockStops)
    }
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
