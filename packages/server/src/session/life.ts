import { StarError } from '@socket-star/protocol'
import type { ChannelEvent } from '@socket-star/protocol/channel'
import {
  type Conduit,
  type Encoded,
  type ServerIdentity,
  type ServerOutput,
  STATUS,
  type WatchTimes,
} from '@socket-star/protocol/session'
import type { Link } from './link.ts'
import type { SessionScope } from './scope.ts'
import type { EndReason } from './types.ts'

/** Why this side closes a socket of a session that goes on. */
export type LoseReason = 'replaced' | 'protocol' | 'timeout' | 'state-lost' | 'drain' | 'unavailable'

/** Who is told what happens to a session. */
export interface LifeOwner {
  tell(event: 'status' | 'drain', ...args: unknown[]): void
  /** Its client confirmed it. */
  begun(): void
  /** It is on a further socket. */
  movedOn(): void
  /** The last socket that carried it is gone. */
  rests(link: Link): void
  /** It is over, for this process at least. */
  over(reason: EndReason): void
}

/** A session across its sockets: does what its identity says, and tells its identity what happens to them. */
export class SessionLife {
  readonly #scope: SessionScope
  readonly #identity: ServerIdentity
  readonly #conduit: Conduit<Link>
  readonly #owner: LifeOwner
  /** Of a network that was found slow. */
  #times: WatchTimes | undefined

  constructor(scope: SessionScope, identity: ServerIdentity, conduit: Conduit<Link>, owner: LifeOwner) {
    this.#scope = scope
    this.#identity = identity
    this.#conduit = conduit
    this.#owner = owner
  }

  /** When {@link expire} wants to be called. */
  deadline(): number {
    return this.#identity.deadline() ?? Number.POSITIVE_INFINITY
  }

  preconnected(link: Link): void {
    this.follow(this.#identity.preconnected(link.id))
    this.#setAlarm()
  }

  connected(): void {
    this.follow(this.#identity.connected())
  }

  /** Over for good. */
  end(reason: EndReason): void {
    this.follow(this.#identity.end(), reason)
  }

  /** Another process has it: its client finds it there. */
  moveAway(): void {
    for (let link = this.#conduit.current; link !== undefined; link = this.#conduit.current) {
      this.lose(link, 'unavailable')
    }
    this.#owner.over('moved')
  }

  /** Ends it when nobody came back in time. */
  expire(now: number): void {
    this.follow(this.#identity.timeout(now))
  }

  /** A socket is gone, or, with a reason, has to go. */
  lose(link: Link, reason?: LoseReason, error?: unknown): void {
    if (link.closed) return
    if (reason === 'timeout' && link === this.#conduit.current && error === undefined) this.#fellSilent(link)
    this.#let(link)
    if (reason !== undefined) {
      this.#scope.entrance.report(link, reason, error)
      link.close(reason, error)
    }
    this.follow(this.#identity.closed(link.id, this.#scope.environment.now()))
    if (this.#identity.status === STATUS.RECONNECTING) this.#owner.rests(link)
    this.#setAlarm()
  }

  /** `reason`: why, if it ends. */
  follow(outputs: readonly ServerOutput[], reason: EndReason = 'expired'): void {
    for (const output of outputs) {
      switch (output.do) {
        case 'status':
          this.#owner.tell('status', output.status)
          break
        case 'session':
          this.#carry(output.socket)
          this.#owner.begun()
          break
        case 'resumed':
          this.#carry(output.socket)
          this.#owner.movedOn()
          break
        case 'promoted':
          // as its conduit does
          break
        case 'close':
          this.#close(output.socket, output.reason)
          break
        case 'expired':
        case 'ended':
          this.#owner.over(reason)
          break
        default:
          output satisfies never
      }
    }
  }

  /** What happens to its Channel. */
  happened(event: ChannelEvent<Encoded>): void {
    const link = 'path' in event ? (event.path as Link) : this.#conduit.current
    const fault = (text: string): void => {
      if (link) this.lose(link, 'protocol', new StarError('ERR_BAD_FRAME', text))
    }
    switch (event.type) {
      case 'drain':
        this.#owner.tell('drain')
        break
      case 'broken':
        if (event.reason !== 'stale') fault(event.reason)
        // an earlier life of the client: another document of it has had the session since (HS-13)
        else if (link) this.lose(link, 'replaced')
        break
      case 'state-lost':
        // our HELLO tells the client
        this.#conduit.flush(this.#scope.environment.now())
        if (link) this.lose(link, 'state-lost')
        this.#owner.over('state-lost')
        break
      case 'reset':
      case 'closed':
      case 'superseded':
        fault(event.type)
        this.end('protocol')
        break
      case 'live':
      case 'drained':
        // the client closes it
        break
      default:
        event satisfies never
    }
  }

  #fellSilent(link: Link): void {
    const { environment, settings } = this.#scope
    const answerMs = link.nextAnswerMs(environment.now(), settings.answerMs)
    this.#times = { heartbeatMs: settings.heartbeatMs, answerMs }
  }

  #carry(socket: string | number): void {
    const link = this.#scope.entrance.linkOf(socket)
    if (!link) return
    if (this.#times) link.times = this.#times
    this.#conduit.attach(link, this.#scope.environment.now())
  }

  #close(socket: string | number, reason: Parameters<Link['close']>[0]): void {
    const link = this.#scope.entrance.linkOf(socket)
    if (!link || link.closed) return
    this.#let(link)
    link.close(reason)
  }

  /** Nothing is heard from a socket any more. */
  #let(link: Link): void {
    link.closed = true
    link.handshake.close()
    this.#conduit.detach(link, this.#scope.environment.now())
    this.#scope.entrance.forget(link)
  }

  #setAlarm(): void {
    this.#scope.alarms.by(this.#conduit, this.deadline())
  }
}
