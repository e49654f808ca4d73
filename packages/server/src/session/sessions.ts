import { hash as digestOf } from 'node:crypto'
import { errorToWire } from '@socket-star/protocol'
import {
  AUTH_KEY,
  type Claim,
  createToken,
  type Encoded,
  eventNameOf,
  MemoryRoomLog,
  parseAnnouncement,
  type RoomLog,
  SESSION_EVENTS,
  ServerHandshake,
  type ServerHandshakeOutput,
  TOKEN_BYTES,
} from '@socket-star/protocol/session'
import type { Counters } from '../counters.ts'
import type { StarEnvironment } from '../environment.ts'
import type { Feature } from '../feature.ts'
import type { Log } from '../log.ts'
import type { Admission } from '../security/admission.ts'
import type { AnyNamespace, AnySocket } from '../socket-types.ts'
import { Alarms } from './alarms.ts'
import { type SessionCensus, takeCensus } from './census.ts'
import { encodeWithin } from './encoding.ts'
import { Link } from './link.ts'
import { emitOwn } from './own-event.ts'
import { Reception } from './reception.ts'
import { SessionRecords } from './records.ts'
import { namesOf, RoomBroadcast } from './rooms/broadcast.ts'
import { RoomHub } from './rooms/hub.ts'
import type { SessionScope } from './scope.ts'
import type { ServerSession } from './session.ts'
import { type SessionOptions, sessionSettings } from './settings.ts'
import { Turn } from './turn.ts'
import type { SessionStart } from './types.ts'

export interface SessionsOptions {
  readonly admission: Admission
  readonly counters: Counters
  readonly environment: StarEnvironment
  readonly log: Log
  readonly namespace: AnyNamespace
  readonly sessions: SessionOptions
  onSession(session: ServerSession, start: SessionStart): void
  onError(error: unknown, session: ServerSession): void
}

type Own = (this: AnySocket, ...args: unknown[]) => void

const FEATURES: readonly string[] = ['rooms']
/** Random bytes in the epoch of a room. */
const EPOCH_BYTES = 12

/** The sessions of one namespace (HS and SES clauses): who comes, what it gets, and what becomes of it. */
export class Sessions implements Feature {
  readonly #options: SessionsOptions
  readonly #links = new Map<AnySocket, Link>()
  readonly #linksById = new Map<number, Link>()
  readonly #records: SessionRecords
  readonly #reception: Reception
  readonly #roomLog: RoomLog<Encoded>
  readonly #memoryLog: MemoryRoomLog<Encoded> | undefined
  readonly #alarms: Alarms
  readonly #turn: Turn
  readonly #entrance: Readonly<Record<string, Own>>
  readonly #inside: Readonly<Record<string, Own>>
  #scope: SessionScope | undefined
  #lastId = 0
  #closed = false

  constructor(options: SessionsOptions) {
    const { environment } = options
    this.#options = options
    this.#alarms = new Alarms(environment)
    this.#turn = new Turn(
      () => environment.now(),
      (error) => options.log.error('star.internal', { request: 'flush', error: String(error) }),
    )
    const { roomLog, stateFile, store } = options.sessions
    const newEpoch = (): string => createToken(environment.randomBytes(EPOCH_BYTES))
    this.#memoryLog = roomLog === undefined ? new MemoryRoomLog<Encoded>({ newEpoch }) : undefined
    this.#roomLog = roomLog ?? (this.#memoryLog as RoomLog<Encoded>)
    this.#records = new SessionRecords({
      log: options.log,
      now: () => environment.now(),
      scope: () => this.#shared,
      store,
      stateFile,
      roomLog: this.#memoryLog,
    })
    this.#reception = new Reception({
      admission: options.admission,
      counters: options.counters,
      log: options.log,
      records: this.#records,
      isOpen: () => !this.#closed,
      maxSessions: () => this.#shared.settings.maxSessions,
      follow: (link, outputs) => this.#follow(link, outputs),
      refuse: (link, error) => this.#refuse(link, 'forbidden', error),
      frame: (link, args) => this.#frame(link, args),
    })
    this.#entrance = {
      [SESSION_EVENTS.dop]: this.#own((link, [token]) => this.#follow(link, link.handshake.receive(token))),
      [SESSION_EVENTS.announce]: this.#announced(),
    }
    this.#inside = {
      [SESSION_EVENTS.frame]: this.#own((link, args) => this.#frame(link, args)),
      [SESSION_EVENTS.volatile]: this.#own((link, args) => link.session?.volatileMessage(link, args)),
      disconnect: this.#own((link) => this.#gone(link)),
    }
  }

  get records(): SessionRecords {
    return this.#records
  }

  /** Emits to rooms. @throws StarError ERR_BAD_REQUEST for what cannot name a room */
  to(room: string | readonly string[]): RoomBroadcast {
    return new RoomBroadcast(
      {
        hub: () => this.#shared.hub,
        encode: ([name, ...args]) =>
          encodeWithin([eventNameOf(name as string), ...args], this.#shared.settings.maxMessageBytes),
      },
      namesOf(room),
    )
  }

  attach(socket: AnySocket): void {
    for (const [event, listener] of Object.entries(this.#entrance)) socket.on(event, listener)
    const { auth } = socket.handshake
    if (Object.hasOwn(auth ?? {}, AUTH_KEY)) this.#announce(socket, auth[AUTH_KEY])
  }

  census(): SessionCensus {
    return takeCensus(this.#records.all(), this.#shared.hub, this.#memoryLog)
  }

  /** Rejects when what rests cannot be written. */
  async close(): Promise<void> {
    this.#closed = true
    const written = this.#records.close()
    this.#letGo()
    await written
  }

  /** Asks every client to go elsewhere, or to come back: nobody gets a session here any more. */
  drain(): void {
    this.#closed = true
    for (const session of this.#records) session.drain()
  }

  #letGo(): void {
    for (const [socket, link] of this.#links) {
      link.closed = true
      link.handshake.close()
      off(socket, this.#inside)
    }
    this.#links.clear()
    this.#linksById.clear()
    for (const socket of this.#options.namespace.sockets.values()) off(socket, this.#entrance)
    this.#alarms.close()
  }

  /** A listener for all sockets, which it is called on. It never throws. */
  #own(handle: (link: Link, args: unknown[]) => void): Own {
    const self = this
    return function (...args) {
      const link = self.#links.get(this) ?? self.#enter(this, NOBODY)
      if (!link.closed) handle(link, args)
    }
  }

  #announced(): Own {
    const self = this
    return function (announcement) {
      self.#announce(this, announcement)
    }
  }

  #announce(socket: AnySocket, value: unknown): void {
    // the first word counts
    if (this.#links.has(socket)) return
    try {
      const { owner, attempt } = parseAnnouncement(value)
      const link = this.#enter(socket, { owner, attempt, principal: undefined })
      this.#follow(link, link.handshake.open())
    } catch (error) {
      const link = this.#enter(socket, NOBODY)
      this.#refuse(link, 'protocol', error)
    }
  }

  #enter(socket: AnySocket, claim: Claim): Link {
    const { environment } = this.#options
    const local = createToken(environment.randomBytes(TOKEN_BYTES))
    const handshake = new ServerHandshake({ local, digest })
    const link = new Link(++this.#lastId, socket, handshake, claim, this.#shared.settings)
    this.#links.set(socket, link)
    this.#linksById.set(link.id, link)
    for (const [event, listener] of Object.entries(this.#inside)) socket.on(event, listener)
    return link
  }

  #frame(link: Link, args: readonly unknown[]): void {
    const { counters, environment } = this.#options
    if (link.closed) return
    if (link.session !== undefined) link.session.conduit.receive(link, args, environment.now())
    else if (link.early === undefined) counters.drop('session')
    else {
      try {
        link.early.keep(args)
      } catch (error) {
        this.#refuse(link, 'protocol', error)
      }
    }
  }

  #follow(link: Link, outputs: readonly ServerHandshakeOutput[]): void {
    for (const output of outputs) {
      switch (output.do) {
        case 'send':
          emitOwn(link.socket, SESSION_EVENTS.dop, [output.token])
          break
        case 'ask':
          this.#reception.ask(link, output.question)
          break
        case 'connected':
          if (output.how !== 'resumed') link.session?.connected()
          break
        case 'ended':
          if (output.by === 'remote') link.session?.ended()
          break
        case 'refuse':
          this.#refuse(link, output.reason, output.code, output.retryable)
          break
        default:
          output satisfies never
      }
    }
  }

  /** No session for this socket. */
  #refuse(link: Link, reason: Parameters<Link['close']>[0], error?: unknown, retryable?: boolean): void {
    if (link.closed) return
    this.#report(link, reason, error)
    if (link.session !== undefined) link.session.lose(link, 'protocol', error)
    else {
      this.#forget(link)
      link.close(reason, error, retryable)
    }
  }

  #gone(link: Link): void {
    if (link.session !== undefined) link.session.lose(link)
    else this.#forget(link)
  }

  #forget(link: Link): void {
    link.closed = true
    link.early = undefined
    link.handshake.close()
    this.#linksById.delete(link.id)
    // a socket that stays connected keeps its link: nothing that it says is heard again
    if (!link.socket.connected) this.#links.delete(link.socket)
    else link.socket.once('disconnect', () => this.#links.delete(link.socket))
  }

  #report(link: Link, reason: string, error: unknown): void {
    const { counters, log } = this.#options
    if (reason === 'protocol') counters.drop('session')
    log.info('star.session-refused', {
      // that of an Engine.IO 3 client is a credential
      socket: link.socket.conn.protocol === 3 ? undefined : link.socket.id,
      reason,
      error: error === undefined ? undefined : errorToWire(error),
    })
  }

  get #shared(): SessionScope {
    this.#scope ??= this.#makeScope()
    return this.#scope
  }

  #makeScope(): SessionScope {
    const { counters, environment, namespace, sessions, log, onError, onSession } = this.#options
    const settings = sessionSettings(sessions, namespace)
    const { windowMessages, windowBytes, backlogMessages, backlogBytes } = settings
    const hub = new RoomHub({
      namespace,
      log: this.#roomLog,
      now: () => environment.now(),
      failed: (error) => log.error('star.room-log-failed', { error: String(error) }),
    })
    return {
      environment,
      settings,
      alarms: this.#alarms,
      turn: this.#turn,
      channelOptions: { windowMessages, windowBytes, backlogMessages, backlogBytes },
      features: FEATURES,
      hub,
      save: this.#records.save,
      to: (room) => this.to(room),
      linkOf: (id) => this.#linksById.get(id as number),
      forget: (link) => this.#forget(link),
      follow: (link, outputs) => this.#follow(link, outputs),
      started: (session, start) => {
        this.#records.started(session)
        if (start.renewed !== undefined) counters.renewal(start.renewed)
        onSession(session, start)
      },
      ended: (session, reason) => this.#records.ended(session, reason),
      notWritten: (session, error) => this.#records.notWritten(session, error),
      lost: (link, reason, error) => this.#report(link, reason, error),
      failed: (session, error, event) => {
        log.error('star.handler-failed', { session: session.id, event, error: String(error) })
        onError(error, session)
      },
    }
  }
}

const NOBODY: Claim = { owner: undefined, attempt: 0, principal: undefined }

function digest(token: string): string {
  return digestOf('sha256', token, 'base64url')
}

function off(socket: AnySocket, listeners: Readonly<Record<string, Own>>): void {
  for (const [event, listener] of Object.entries(listeners)) socket.off(event, listener)
}
