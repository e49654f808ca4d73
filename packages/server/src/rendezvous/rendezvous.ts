import { errorToWire, isStarError, StarError } from '@socket-star/protocol'
import { EVENTS, replyIn } from '@socket-star/protocol/rendezvous'
import type { Counters } from '../counters.ts'
import type { StarEnvironment } from '../environment.ts'
import type { Feature } from '../feature.ts'
import type { StarQuotas } from '../limits.ts'
import type { Log } from '../log.ts'
import type { StarStats } from '../observer.ts'
import type { Admission } from '../security/admission.ts'
import type { AnyNamespace, AnySocket } from '../socket-types.ts'
import { thrown } from '../thrown.ts'
import { Dials } from './dials.ts'
import { Discovery } from './discovery.ts'
import { Joins } from './joins.ts'
import { Member } from './member.ts'
import { doesNotRead } from './not-reading.ts'
import { Registry } from './registry.ts'

export interface RendezvousOptions {
  readonly admission: Admission
  readonly challenge: boolean
  readonly challengeTimeoutMs: number
  readonly counters: Counters
  readonly dialTimeoutMs: number
  readonly environment: StarEnvironment
  readonly quotas: StarQuotas
  readonly log: Log
  readonly namespace: AnyNamespace
  readonly strictAddresses: boolean
}

type Request = 'join' | 'leave' | 'dial' | 'watch'
type Args = readonly unknown[]

/** The WebSocketStar rendezvous (JOIN, DISC and DIAL clauses): joins, discovery and dials of one namespace. */
export class Rendezvous implements Feature {
  readonly #options: RendezvousOptions
  readonly #registry = new Registry<Member>()
  readonly #members = new Map<AnySocket, Member>()
  readonly #joins: Joins
  readonly #dials: Dials
  readonly #discovery: Discovery
  readonly #requests: Readonly<Record<Request, (member: Member, args: Args) => Promise<void> | void>>
  readonly #listeners: Readonly<Record<string, (this: AnySocket, ...args: unknown[]) => void>>

  constructor(options: RendezvousOptions) {
    const parts = { ...options, registry: this.#registry }
    this.#options = options
    this.#discovery = new Discovery(parts)
    this.#joins = new Joins({ ...parts, discovery: this.#discovery })
    this.#dials = new Dials({
      ...parts,
      timeoutMs: options.dialTimeoutMs,
      onOffence: (member, error) => this.#punish(member, error),
    })
    this.#requests = {
      join: (member, args) => this.#joins.join(member, args),
      leave: (member, args) => this.#joins.leave(member, args),
      dial: (member, args) => this.#dials.dial(member, args),
      watch: (member, args) => this.#discovery.watch(member, args),
    }
    this.#listeners = {
      [EVENTS.join]: this.#listener('join'),
      [EVENTS.leave]: this.#listener('leave'),
      [EVENTS.dial]: this.#listener('dial'),
      [EVENTS.watch]: this.#listener('watch'),
      disconnect: this.#onDisconnect(),
    }
  }

  attach(socket: AnySocket): void {
    for (const [event, listener] of Object.entries(this.#listeners)) socket.on(event, listener)
  }

  close(): void {
    this.#discovery.close()
    for (const member of this.#members.values()) this.#forget(member)
    for (const socket of this.#options.namespace.sockets.values()) {
      for (const [event, listener] of Object.entries(this.#listeners)) socket.off(event, listener)
    }
  }

  census(): Pick<StarStats, 'peers' | 'sockets' | 'watchers'> {
    const joined = [...this.#members.values()].filter(({ addresses }) => addresses.size > 0)
    return { peers: this.#registry.size, sockets: joined.length, watchers: this.#discovery.watchers }
  }

  /** Shared by all sockets, which it is called on: a socket that never joins costs nothing more. */
  #listener(request: Request): (this: AnySocket, ...args: unknown[]) => void {
    const handle = (socket: AnySocket, args: Args) => this.#handle(socket, request, args)
    return function (...args) {
      handle(this, args)
    }
  }

  #onDisconnect(): (this: AnySocket) => void {
    const forget = (socket: AnySocket): void => {
      const member = this.#members.get(socket)
      if (member !== undefined) this.#forget(member)
    }
    return function () {
      forget(this)
    }
  }

  #handle(socket: AnySocket, request: Request, args: Args): void {
    const { counters, quotas } = this.#options
    const member = this.#members.get(socket) ?? this.#enrol(socket)
    // a leave takes nothing and has no answer
    if (request !== 'leave' && doesNotRead(socket, quotas)) {
      counters.drop('lagging')
      return
    }
    try {
      this.#requests[request](member, args)?.catch((error) => this.#refuse(member, request, args, error))
    } catch (error) {
      this.#refuse(member, request, args, error)
    }
  }

  #enrol(socket: AnySocket): Member {
    const { environment, quotas } = this.#options
    const member = new Member(socket, quotas, environment)
    this.#members.set(socket, member)
    return member
  }

  #forget(member: Member): void {
    if (member.gone) return
    member.gone = true
    this.#members.delete(member.socket)
    member.stopCounting()
    this.#dials.closeAll(member, new StarError('ERR_STREAM_RESET', 'the other peer disconnected'))
    this.#joins.leaveAll(member)
    this.#discovery.forget(member)
  }

  /** A coded error to whoever can hear it, a counted drop otherwise (LIM-1). */
  #refuse(member: Member, request: Request, args: Args, error: unknown): void {
    const { counters, log } = this.#options
    if (!isStarError(error)) log.error('star.internal', { request, ...thrown(error) })
    const code = isStarError(error) ? error.code : 'ERR_REMOTE'
    if (request === 'join') counters.join(code)
    if (request === 'dial') counters.dial(code)
    if (member.gone) return
    const reply = replyIn(args)
    if (reply !== undefined) reply(errorToWire(error))
    else counters.drop('malformed')
    this.#punish(member, error)
  }

  /** A socket that goes on is disconnected (LIM-4). */
  #punish(member: Member, error: unknown): void {
    const { counters, environment, log } = this.#options
    if (member.gone || member.offences.record(error, environment.now())) return
    counters.drop('misbehaviour')
    // never the socket's id: with Engine.IO 3 it is the id of the connection, a credential
    log.info('star.misbehaviour', { address: member.socket.handshake.address, error: errorToWire(error) })
    member.socket.disconnect()
  }
}
