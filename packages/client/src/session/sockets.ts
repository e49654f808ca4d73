import type { Env } from '../env.ts'
import { Wire } from '../wire.ts'
import type { ClientSocket } from '../wrap.ts'
import { Carrier, type CarrierOwner } from './carrier.ts'
import { Cycle, type CycleOwner, type CycleTimes } from './cycle.ts'
import { Retry } from './retry.ts'
import { isAlone, secondSocket } from './second-socket.ts'

/** What {@link Sockets} needs of its session. */
export interface SocketsOwner extends CarrierOwner {
  /** Whether the session is on this socket now. */
  carriedBy(carrier: Carrier): boolean
  /** Another socket is the session's first from now on. */
  moved(carrier: Carrier): void
}

/** The sockets of a session: the one that it lives by, one that is to take over, and those that still drain. */
export class Sockets implements CycleOwner {
  /** New connections are made by this one. */
  first: Carrier | undefined
  readonly #env: Env
  readonly #owner: SocketsOwner
  readonly #retry: Retry
  readonly #cycle: Cycle | undefined
  readonly #all = new Set<Carrier>()
  #second: Carrier | undefined
  #hasSaid = false

  /** `cycle`: the application gave its socket away, and when to replace it. */
  constructor(env: Env, owner: SocketsOwner, cycle: CycleTimes | undefined) {
    this.#env = env
    this.#owner = owner
    this.#retry = new Retry(env, () => this.first?.connect())
    this.#cycle = cycle && new Cycle(env, this, cycle)
  }

  /** The application's socket. */
  begin(socket: ClientSocket, wire: Wire): void {
    this.first = this.#add(new Carrier(socket, wire, this.#owner))
  }

  /** False also while the first socket is connecting again and an older one carries the session. */
  get connected(): boolean {
    return this.first !== undefined && this.#owner.carriedBy(this.first)
  }

  /** Connects once a delay is over, which grows from one failure to the next. */
  retry(now: number): void {
    this.#retry.after(now)
  }

  /** A connection is there, or is not wanted. */
  noRetry(): void {
    this.#retry.cancel()
  }

  /** The session has a connection on this socket. */
  carries(carrier: Carrier, now: number): void {
    this.#retry.stable(now)
    this.#cycle?.begin()
    const { first } = this
    if (carrier !== this.#second || first === undefined) return
    this.#second = undefined
    this.first = carrier
    // what is under way on it is waited for
    if (first.line === undefined || first.line.closed) this.#retire(first)
    this.#owner.moved(carrier)
  }

  /** A connection is to be over for good: of the first socket until it is connected again, of another one with it. */
  leave(carrier: Carrier): void {
    if (carrier === this.first) carrier.disconnect()
    else this.#retire(carrier)
  }

  /** A connection was lost, or has to be. Only the first socket connects again. */
  lost(carrier: Carrier): void {
    if (carrier !== this.first) this.#retire(carrier)
    // it connects again: two handshakes at once would give each other up
    else this.dropSecond()
  }

  openSecond(): boolean {
    const { first } = this
    // peers and their streams live on a socket, and would be lost with it
    if (first === undefined || first.wire.inUse || this.#second !== undefined) return false
    if (!isAlone(first.socket)) {
      if (!this.#hasSaid) this.#env.say('socket-star: no cycling, the Manager carries other namespaces, too')
      this.#hasSaid = true
      return false
    }
    const socket = secondSocket(first.socket, first.auth)
    this.#second = this.#add(new Carrier(socket, new Wire(socket, this.#env.timers), this.#owner))
    socket.connect()
    return true
  }

  dropSecond(): void {
    if (this.#second !== undefined) this.#retire(this.#second)
  }

  /** Nothing is left of the session. */
  close(): void {
    this.#retry.cancel()
    this.first?.disconnect()
    for (const carrier of [...this.#all]) this.#retire(carrier)
    this.#cycle?.close()
  }

  #add(carrier: Carrier): Carrier {
    this.#all.add(carrier)
    return carrier
  }

  #retire(carrier: Carrier): void {
    if (!this.#all.delete(carrier)) return
    if (carrier === this.#second) {
      this.#second = undefined
      this.#cycle?.begin()
    }
    carrier.retire()
  }
}
