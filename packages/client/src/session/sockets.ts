import { NEVER } from '@socket-star/protocol/channel'
import { ANSWER_MS, HEARTBEAT_MS } from '@socket-star/protocol/session'
import { backoffMs } from '../backoff.ts'
import type { Env } from '../env.ts'
import type { ClientSocket } from '../options.ts'
import { Carrier, type CarrierOwner, type Heard } from './carrier.ts'
import {
  CYCLE_MAX_MS,
  CYCLE_MIN_MS,
  CYCLE_OPENING_MS,
  FIRST_SESSION_RETRY_MS,
  MAX_DOUBLINGS,
  MAX_SESSION_RETRY_MS,
  STABLE_MS,
} from './limits.ts'
import { isAlone, secondSocket } from './second-socket.ts'
import { Timer } from './timer.ts'
import type { ClientSessionInit } from './types.ts'

/** When a session moves to a fresh connection, in milliseconds: at a random moment between the two. */
export interface CycleTimes {
  readonly minMs?: number | undefined
  readonly maxMs?: number | undefined
}

/**
 * The sockets of a session: the one that it lives by, which is connected again
 * where Socket.IO does not (SES-14), one that is to take over (SES-17), and
 * those that still drain. A session is one object, written in four layers, of
 * which this is the lowest.
 */
export abstract class Sockets implements CarrierOwner {
  readonly env: Env
  readonly init: ClientSessionInit
  /** Silence that is a timeout, in milliseconds; on a slow network that of `times` is longer (SES-9). */
  protected readonly answerMs: number
  readonly times: { heartbeatMs: number; answerMs: number }
  over = false
  /** New connections are made by this one. */
  first: Carrier
  /** Connects again, once a delay is over. */
  protected readonly retrying: Timer
  readonly #turn: Timer
  readonly #all = new Set<Carrier>()
  #second: Carrier | undefined
  #failures = 0
  #connectedAt = NEVER
  #hasSaid = false
  readonly #stopOnline: () => void

  constructor(env: Env, socket: ClientSocket, init: ClientSessionInit) {
    this.env = env
    this.init = init
    const { answerMs = ANSWER_MS } = init
    this.answerMs = answerMs
    this.times = { heartbeatMs: HEARTBEAT_MS, answerMs }
    this.retrying = new Timer(env.wakefulTimers)
    this.#turn = new Timer(env.timers)
    this.first = this.#add(socket)
    this.#stopOnline = env.online(() => this.#hurry())
  }

  abstract readonly identity: CarrierOwner['identity']
  abstract readonly heard: Heard
  /** The one that carries the session. */
  abstract readonly current: Carrier | undefined
  abstract opened(carrier: Carrier, announced: boolean): void
  abstract lose(carrier: Carrier): void
  abstract fault(carrier: Carrier, error: unknown): void
  abstract tell(event: string, ...args: unknown[]): boolean

  get now(): number {
    return this.env.timers.now()
  }

  /** Something failed that another attempt may mend: the first socket connects after a delay that grows from one failure to the next. */
  protected retry(): void {
    const { env, now } = this
    if (now - this.#connectedAt >= STABLE_MS) this.#failures = 0
    this.#connectedAt = NEVER
    this.#failures += 1
    // where bytes cannot be seen to move a slow network looks silent, on each connection anew; not the one that is there yet
    if (!this.current) this.times.answerMs = this.answerMs * 2 ** Math.min(MAX_DOUBLINGS, this.#failures - 1)
    const delay = backoffMs(this.#failures, env.random(), FIRST_SESSION_RETRY_MS, MAX_SESSION_RETRY_MS)
    this.retrying.set(delay, () => this.first.connect())
  }

  /** Peers were joined on the first socket while this one was to take over (SES-17): it is given up, and the answer is true. */
  protected givesWay(carrier: Carrier): boolean {
    const late = carrier === this.#second && this.first.wire.users.size > 0
    if (late) this.#retire(carrier)
    return late
  }

  /** The session has a connection on this socket. */
  protected carries(carrier: Carrier): void {
    const { first } = this
    this.#connectedAt = this.now
    this.#rest()
    if (carrier !== this.#second) return
    this.#second = undefined
    this.first = carrier
    // what is under way on it is waited for
    if (first.closed) this.#retire(first)
    this.init.moved(carrier.socket)
  }

  /** A connection is to be over for good: of the first socket until it is connected again, of another one with it. */
  protected part(carrier: Carrier): void {
    if (carrier === this.first) carrier.disconnect()
    else this.#retire(carrier)
  }

  /** A connection was lost, or has to be. Only the first socket connects again. */
  protected lost(carrier: Carrier): void {
    // it connects again: two handshakes at once would give each other up
    if (carrier === this.first) this.#retire(this.#second)
    else {
      // refused meanwhile, and nobody else connects; or this one had the session, and whoever waits now waits for the first
      const { first, retrying } = this
      const wanted = carrier === this.#second ? !first.active : retrying.waits
      this.#retire(carrier)
      if (!wanted) return
      this.#failures = 0
      this.retry()
    }
  }

  /** One of Socket.IO's own events, after it was dealt with. */
  told(carrier: Carrier, event: string, args: unknown[]): void {
    const [why] = args as [unknown]
    const failed = event === 'connect_error' && !carrier.active
    if (carrier !== this.first) {
      if (failed) this.#retire(carrier)
      return
    }
    // a middleware that says so is asked again: Socket.IO itself gives up
    const error = why as { data?: { retryable?: unknown } } | undefined
    if (failed && error?.data?.retryable) this.retry()
    if (why === 'io client disconnect') this.retrying.stop()
    // whoever is told may wrap the socket for another session
    if (event === 'disconnect' && this.over) this.leave()
    // by then Socket.IO has decided whether it connects again: a `connect()` before would keep it from that for good
    queueMicrotask(() => this.tell(event, ...args))
  }

  /** Nothing is left of the session. */
  leave(): void {
    this.retrying.stop()
    this.first.disconnect()
    for (const carrier of [...this.#all]) this.#retire(carrier)
    this.#turn.stop()
    this.#stopOnline()
  }

  /** There is a network again: nobody waits for a delay to be over, ours or that of Socket.IO. */
  #hurry(): void {
    const { first, retrying } = this
    if (!first.socket.connected && (retrying.waits || (first.active && first.reconnects))) first.hurry()
  }

  #add(socket: ClientSocket): Carrier {
    const carrier = new Carrier(socket, this)
    this.#all.add(carrier)
    return carrier
  }

  #retire(carrier: Carrier | undefined): void {
    if (!carrier || !this.#all.delete(carrier)) return
    if (carrier === this.#second) {
      this.#second = undefined
      this.#rest()
    }
    carrier.retire()
  }

  /** The connection is young: it is replaced after a while, where that is wanted. */
  #rest(): void {
    const { cycle } = this.init
    if (!cycle) return
    const { minMs = CYCLE_MIN_MS, maxMs = CYCLE_MAX_MS }: CycleTimes = Object(cycle)
    const span = Math.max(0, maxMs - minMs)
    this.#turn.set(minMs + this.env.random() * span, () => this.#openSecond())
  }

  #openSecond(): void {
    if (!this.#mayOpen) {
      this.#rest()
      return
    }
    const second = this.#add(secondSocket(this.first.socket))
    this.#second = second
    second.begin()
    this.#turn.set(CYCLE_OPENING_MS, () => this.lost(second))
    second.connect()
  }

  get #mayOpen(): boolean {
    const { first } = this
    // peers and their streams live on a socket, and would be lost with it; an older one may carry the session
    if (first.wire.users.size || this.#second || this.current !== first) return false
    if (isAlone(first.socket)) return true
    if (!this.#hasSaid) this.env.say('socket-star: no cycling beside other namespaces')
    this.#hasSaid = true
    return false
  }
}
