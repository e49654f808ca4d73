import { StarError } from '@socket-star/protocol'
import { NEVER } from '@socket-star/protocol/channel'
import {
  ANSWER_MS,
  type ClientIdentity,
  type Close,
  type Conduit,
  type Connected,
  HEARTBEAT_MS,
} from '@socket-star/protocol/session'
import { backoffMs } from '../backoff.ts'
import type { Env } from '../env.ts'
import type { ClientSocket, WrapOptions } from '../options.ts'
import { Carrier, type CarrierOwner, type Heard } from './carrier.ts'
import { Inbound } from './inbound.ts'
import {
  CYCLE_MAX_MS,
  CYCLE_MIN_MS,
  CYCLE_OPENING_MS,
  FIRST_SESSION_RETRY_MS,
  MAX_DOUBLINGS,
  MAX_SESSION_RETRY_MS,
  MAX_UNFINISHED_HANDSHAKES,
  STABLE_MS,
} from './limits.ts'
import { secondSocket } from './second-socket.ts'
import type { Tab } from './tab.ts'
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
 * those that still drain; and what the identity decides about them. A session
 * is one object, written in layers: this one is on top of what tells the
 * application.
 */
export abstract class Sockets extends Inbound implements CarrierOwner {
  readonly env: Env
  readonly init: ClientSessionInit
  readonly times: { heartbeatMs: number; answerMs: number }
  over = false
  /** New connections are made by this one. */
  first: Carrier
  /** Connects again, once a delay is over; after the end it is the server's time to close the socket. */
  protected readonly retrying: Timer
  /** Silence that is a timeout, in milliseconds; on a slow network that of `times` is longer (SES-9). */
  readonly #answerMs: number
  readonly #turn: Timer
  readonly #all = new Set<Carrier>()
  #second: Carrier | undefined
  #failures = 0
  /** Handshakes in a row that were not finished in their time (SES-14). */
  #unfinished = 0
  #connectedAt = NEVER
  #cycle: WrapOptions['cycle']
  readonly #stopOnline: () => void

  constructor(env: Env, socket: ClientSocket, init: ClientSessionInit) {
    super()
    this.env = env
    this.init = init
    const { answerMs = ANSWER_MS } = init
    this.#answerMs = answerMs
    this.#cycle = init.cycle
    this.times = { heartbeatMs: HEARTBEAT_MS, answerMs }
    this.retrying = new Timer(env.wakefulTimers)
    this.#turn = new Timer(env.timers)
    this.first = new Carrier(socket, this)
    this.#all.add(this.first)
    this.#stopOnline = env.online(() => this.#hurry())
  }

  abstract readonly identity: ClientIdentity<Carrier>
  abstract readonly conduit: Pick<Conduit<Carrier>, 'attach' | 'detach'>
  abstract readonly heard: Heard
  /** The one that carries the session. */
  abstract readonly current: Carrier | undefined
  protected abstract readonly tab: Pick<Tab, 'close'> | undefined
  abstract renew(): void

  get now(): number {
    return this.env.timers.now()
  }

  /** Something failed that another attempt may mend: the first socket connects after a delay that grows from one failure to the next. */
  protected retry(): void {
    const { env, now } = this
    if (this.over) return
    if (now - this.#connectedAt >= STABLE_MS) this.#failures = 0
    this.#connectedAt = NEVER
    this.#failures += 1
    // where bytes cannot be seen to move a slow network looks silent, on each connection anew; not the one that is there yet
    if (!this.current) this.times.answerMs = this.#answerMs * 2 ** Math.min(MAX_DOUBLINGS, this.#failures - 1)
    const delay = backoffMs(this.#failures, env.random(), FIRST_SESSION_RETRY_MS, MAX_SESSION_RETRY_MS)
    this.retrying.set(delay, () => this.first.connect())
  }

  /** A socket is connected. */
  opened(carrier: Carrier): void {
    if (this.over) return
    carrier.closed = false
    this.identity.open(carrier, carrier.announced)
    // a server that gave us a session answers; another one may not know what we speak of
    if (this.identity.token) this.expect(carrier)
  }

  /** The server is to say its part, in a time that is longer with each handshake in a row that was not finished. */
  protected expect(carrier: Carrier): void {
    // a server that has no sessions any more; Socket.IO itself notices a connection that is dead
    if (this.#unfinished >= MAX_UNFINISHED_HANDSHAKES) return
    carrier.timer.set(this.times.answerMs, () => {
      this.#unfinished += 1
      this.lose(carrier, 'timeout')
    })
  }

  connected(carrier: Carrier, how: Connected): void {
    if (carrier.closed) return
    const { first, now } = this
    carrier.timer.stop()
    this.retrying.stop()
    this.#unfinished = 0
    if (how === 'renewed') this.renew()
    // peers that were joined on the first one meanwhile keep it (SES-17): the server goes back there as well (HS-16)
    if (carrier !== first && first.wire.users.size) {
      this.#retire(carrier)
      return
    }
    this.conduit.attach(carrier, now)
    this.#connectedAt = now
    this.#rest()
    if (carrier !== first) {
      this.#second = undefined
      this.first = carrier
      // what is under way on it is waited for
      if (first.closed) this.#retire(first)
      this.init.moved(carrier.socket)
    }
    if (how === 'resumed') {
      this.rooms.resume()
      this.tell('resume')
    }
  }

  /** A connection is gone, or, with a reason, has to go for a fault. Only the first socket connects again. */
  lose(carrier: Carrier | undefined, reason?: 'timeout' | 'state-lost'): void {
    if (!carrier || carrier.closed) return
    const { first, retrying } = this
    // refused meanwhile, and nobody else connects; or this one had the session, and whoever waits now waits for the first
    const wanted = carrier === this.#second ? !first.active : retrying.waits
    this.#let(carrier)
    // it connects again: two handshakes at once would give each other up
    if (carrier === first) this.#retire(this.#second)
    else if (wanted) {
      this.#failures = 0
      this.retry()
    }
    this.identity.closed(carrier)
    if (!reason || carrier !== first) return
    carrier.cut()
    // when the server was faster, and closed it, Socket.IO does not connect again
    if (carrier.reconnects) this.retry()
  }

  close(carrier: Carrier, stays?: boolean): void {
    if (carrier.closed) return
    this.#let(carrier)
    if (carrier === this.first && !this.over && !stays) carrier.disconnect()
  }

  refused(close: Close, kept: boolean): void {
    // the first one has to come again, also while an older one carries the session
    if (kept ? !this.first.active : close.retryable) this.retry()
    if (!kept) this.tell('refused', close)
  }

  /** Nothing is heard from a connection any more. At the end all sockets go at once. */
  #let(carrier: Carrier): void {
    carrier.closed = true
    carrier.timer.stop()
    this.conduit.detach(carrier, this.now)
    if (carrier !== this.first && !this.over) this.#retire(carrier)
  }

  /** One of Socket.IO's own events. */
  told(carrier: Carrier, event: string, args: unknown[]): void {
    const [why] = args as [unknown]
    if (event === 'connect') carrier.open()
    if (event === 'disconnect') this.lose(carrier)
    const failed = event === 'connect_error' && !carrier.active
    if (carrier !== this.first) {
      if (failed) this.lose(carrier)
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
    this.tab?.close()
    this.init.moved()
    this.first.disconnect()
    for (const carrier of this.#all) this.#retire(carrier)
    this.#turn.stop()
    this.#stopOnline()
  }

  /** There is a network again: nobody waits for a delay to be over, ours or that of Socket.IO. */
  #hurry(): void {
    const { first, retrying } = this
    if (retrying.waits || (first.active && first.reconnects)) first.connect(true)
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
    if (!this.#cycle) return
    const { minMs = CYCLE_MIN_MS, maxMs = CYCLE_MAX_MS }: CycleTimes = Object(this.#cycle)
    this.#turn.set(minMs + this.env.random() * (maxMs - minMs), () => this.#openSecond())
  }

  #openSecond(): void {
    const { first } = this
    // peers and their streams live on a socket, and would be lost with it; an older one may carry the session
    if (first.wire.users.size || this.current !== first) {
      this.#rest()
      return
    }
    const socket = secondSocket(first.socket)
    if (socket) {
      const second = new Carrier(socket, this)
      this.#all.add(second)
      this.#second = second
      second.begin()
      this.#turn.set(CYCLE_OPENING_MS, () => this.lose(second))
      second.connect()
    } else {
      this.#cycle = undefined
      this.env.say(new StarError('ERR_CONFIG', 'no cycle beside other namespaces'))
    }
  }
}
