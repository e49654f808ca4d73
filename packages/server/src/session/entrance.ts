import { hash as digestOf } from 'node:crypto'
import { errorToWire, isStarError, StarError } from '@socket-star/protocol'
import {
  AUTH_KEY,
  type Claim,
  type CloseReason,
  createToken,
  parseAnnouncement,
  SESSION_EVENTS,
  ServerHandshake,
  type ServerHandshakeOutput,
  TOKEN_BYTES,
  type WatchTimes,
} from '@socket-star/protocol/session'
import { UnreadWatch } from '@socket-star/pull-stream'
import type { Counters } from '../counters.ts'
import type { StarEnvironment } from '../environment.ts'
import type { Log } from '../log.ts'
import type { AnyNamespace, AnySocket } from '../socket-types.ts'
import { thrown } from '../thrown.ts'
import { Link } from './link.ts'
import { emitOwn } from './own-event.ts'
import type { Reception } from './reception.ts'

export interface EntranceNeeds {
  readonly counters: Counters
  readonly environment: StarEnvironment
  readonly log: Log
  readonly namespace: AnyNamespace
  reception(): Reception
  times(): WatchTimes
}

type Own = (this: AnySocket, ...args: unknown[]) => void

/** Sockets that carry sessions, or are on their way to: who they are, and where what they say goes. */
export class Entrance {
  readonly #needs: EntranceNeeds
  readonly #links = new Map<AnySocket, Link>()
  readonly #linksById = new Map<number, Link>()
  /** For every socket, as long as nothing is known of it. */
  readonly #outside: Readonly<Record<string, Own>>
  /** For those that have said something. */
  readonly #inside: Readonly<Record<string, Own>>
  readonly #unread: UnreadWatch
  #lastId = 0

  constructor(needs: EntranceNeeds) {
    this.#needs = needs
    this.#unread = new UnreadWatch(needs.environment)
    this.#outside = { [SESSION_EVENTS.dop]: this.#introduced() }
    this.#inside = {
      [SESSION_EVENTS.frame]: this.#own((link, args) => this.frame(link, args)),
      [SESSION_EVENTS.volatile]: this.#own((link, args) => link.session?.volatileMessage(args)),
      disconnect: this.#own((link) => this.#gone(link)),
    }
  }

  attach(socket: AnySocket): void {
    for (const [event, listener] of Object.entries(this.#outside)) socket.on(event, listener)
    const { auth } = socket.handshake
    if (Object.hasOwn(auth ?? {}, AUTH_KEY)) this.#announce(socket, auth[AUTH_KEY])
  }

  linkOf(id: string | number): Link | undefined {
    return this.#linksById.get(id as number)
  }

  /** Nothing is heard from any socket any more. */
  close(): void {
    this.#unread.close()
    for (const [socket, link] of this.#links) {
      link.closed = true
      link.early?.close()
      link.handshake.close()
      link.offAlive()
      off(socket, this.#inside)
    }
    this.#links.clear()
    this.#linksById.clear()
    for (const socket of this.#needs.namespace.sockets.values()) off(socket, this.#outside)
  }

  /** A listener for all sockets, which it is called on. It never throws: what cannot be dealt with costs the socket. */
  #own(handle: (link: Link, args: unknown[]) => void): Own {
    const self = this
    return function (...args) {
      const link = self.#links.get(this) ?? self.#enter(this, NOBODY)
      if (link.closed) return
      try {
        handle(link, args)
      } catch (error) {
        self.refuse(link, 'protocol', error)
      }
    }
  }

  /** The event `dop`: an announcement, when it is the first that is heard, or a token. */
  #introduced(): Own {
    const self = this
    const token = this.#own((link, [value]) => this.follow(link, link.handshake.receive(value)))
    return function (...args) {
      const [first] = args
      if (first === Object(first) && !self.#links.has(this)) self.#announce(this, first)
      else token.apply(this, args)
    }
  }

  #announce(socket: AnySocket, value: unknown): void {
    try {
      const { owner, attempt } = parseAnnouncement(value)
      const link = this.#enter(socket, { owner, attempt, principal: undefined })
      this.follow(link, link.handshake.open())
    } catch (error) {
      const link = this.#links.get(socket) ?? this.#enter(socket, NOBODY)
      this.refuse(link, 'protocol', error)
    }
  }

  #enter(socket: AnySocket, claim: Claim): Link {
    const { environment } = this.#needs
    const local = createToken(environment.randomBytes(TOKEN_BYTES))
    const handshake = new ServerHandshake({ local, digest })
    const link = new Link(++this.#lastId, socket, handshake, claim, this.#needs.times(), this.#unread)
    this.#links.set(socket, link)
    this.#linksById.set(link.id, link)
    for (const [event, listener] of Object.entries(this.#inside)) socket.on(event, listener)
    link.onAlive(() => link.heard(environment.now()))
    return link
  }

  /** The event `star`. Throws `ERR_BAD_FRAME`. */
  frame(link: Link, args: readonly unknown[]): void {
    const { counters, environment } = this.#needs
    if (link.closed) return
    if (link.session !== undefined) link.session.conduit.receive(link, args, environment.now())
    else if (link.early === undefined) counters.drop('session')
    else link.early.keep(args)
  }

  /** Does what a socket's handshake says. */
  follow(link: Link, outputs: readonly ServerHandshakeOutput[]): void {
    for (const output of outputs) {
      switch (output.do) {
        case 'send':
          emitOwn(link.socket, SESSION_EVENTS.dop, [output.token])
          break
        case 'ask':
          this.#needs.reception().ask(link, output.question)
          break
        case 'connected':
          if (output.how !== 'resumed') link.session?.life.connected()
          break
        case 'ended':
          if (output.by === 'remote') link.session?.life.end('client')
          break
        case 'refuse':
          this.refuse(link, output.reason, new StarError(output.code))
          break
        default:
          output satisfies never
      }
    }
  }

  /** No session for this socket. */
  refuse(link: Link, reason: CloseReason, error?: unknown): void {
    if (link.closed) return
    if (link.session !== undefined) link.session.lose(link, 'protocol', error)
    else {
      this.report(link, reason, error)
      this.forget(link)
      link.close(reason, error)
    }
  }

  #gone(link: Link): void {
    if (link.session !== undefined) link.session.lose(link)
    else this.forget(link)
  }

  /** Nothing is heard from a socket any more. */
  forget(link: Link): void {
    link.closed = true
    link.early?.close()
    link.early = undefined
    link.handshake.close()
    link.offAlive()
    this.#linksById.delete(link.id)
    // a socket that stays connected keeps its link: nothing that it says is heard again
    if (!link.socket.connected) this.#links.delete(link.socket)
    else link.socket.once('disconnect', () => this.#links.delete(link.socket))
  }

  /** A socket gets no session, or loses it for a fault of its client's. */
  report(link: Link, reason: CloseReason, error: unknown): void {
    const { counters, log } = this.#needs
    if (reason === 'protocol') {
      counters.drop('session')
      this.blame(error)
    }
    counters.close(reason)
    // a stop concerns every one of them, and is said once
    log[reason === 'drain' ? 'debug' : 'info']('star.session-refused', {
      // that of an Engine.IO 3 client is a credential
      socket: link.socket.conn.protocol === 3 ? undefined : link.socket.id,
      reason,
      error: error === undefined ? undefined : errorToWire(error),
    })
  }

  /** A mistake of the star's own is no client's: it stops nobody, and its operator sees it. */
  blame(error: unknown): void {
    if (error === undefined || isStarError(error)) return
    this.#needs.log.error('star.internal', { request: 'session', ...thrown(error) })
  }
}

const NOBODY: Claim = { owner: undefined, attempt: 0, principal: undefined }

function digest(token: string): string {
  return digestOf('sha256', token, 'base64url')
}

function off(socket: AnySocket, listeners: Readonly<Record<string, Own>>): void {
  for (const [event, listener] of Object.entries(listeners)) socket.off(event, listener)
}
