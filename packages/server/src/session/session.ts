import { StarError } from '@socket-star/protocol'
import type { ChannelEvent } from '@socket-star/protocol/channel'
import {
  Asking,
  Conduit,
  type ConduitOwner,
  decodePayload,
  type Encoded,
  encodePayload,
  encodeRoomControl,
  eventNameOf,
  Flushes,
  Incoming,
  type Listener,
  Listeners,
  type Payload,
  parseMessage,
  Responses,
  type RoomControl,
  SESSION_EVENTS,
  SESSION_VERSION,
  ServerIdentity,
  type ServerOutput,
  STATUS,
  type Status,
  unacknowledgedEvents,
  type Welcome,
  waitWith,
  waitWithError,
} from '@socket-star/protocol/session'
import type { SessionSnapshot } from '../store/session-store.ts'
import { encodeWithin } from './encoding.ts'
import type { Link } from './link.ts'
import { emitOwn } from './own-event.ts'
import { namesOf } from './rooms/broadcast.ts'
import { SessionRooms } from './rooms/session-rooms.ts'
import type { SessionInit, SessionScope } from './scope.ts'
import type { EndReason, RoomEmitter, Session, SessionStart, TimedEmitter } from './types.ts'

type Callback = (...args: unknown[]) => unknown

const TEXT_EVENT = 'message'
const NO_ROOMS: ReadonlySet<string> = new Set()
const NEVER = Number.POSITIVE_INFINITY

/** A {@link Session}, and what the server drives it with. */
export class ServerSession implements Session, ConduitOwner<Link> {
  readonly id: string
  data: Record<string, unknown>
  onMessage: ((text: string) => void) | undefined
  /** The hash of its token: where the records have it. */
  readonly hash: string
  /** The store's: what this owner writes with. */
  readonly fence: number
  readonly identity: ServerIdentity
  readonly conduit: Conduit<Link>

  readonly #scope: SessionScope
  #start: SessionStart
  #started = false
  #over: EndReason | undefined
  readonly #listeners = new Listeners()
  #incoming: Incoming | undefined
  #asking: Asking | undefined
  #flushes: Flushes | undefined
  #rooms: SessionRooms | undefined
  /** The last id of a request of an earlier life. */
  #lastRequest = 0

  constructor(scope: SessionScope, init: SessionInit) {
    const { settings, environment } = scope
    this.#scope = scope
    this.id = init.id
    this.hash = init.hash
    this.fence = init.fence
    this.data = init.snapshot === undefined ? {} : JSON.parse(init.snapshot.data)
    this.#start = init.start
    this.identity = new ServerIdentity(init.identity, environment.now(), settings)
    const channel = { ...scope.channelOptions, welcome: 'sends', incarnation: init.fence } as const
    const { alarms, turn } = scope
    this.conduit = new Conduit(this, { alarms, turn, channel }, init.snapshot?.channel)
    if (init.snapshot !== undefined) this.#goOn(init.snapshot)
  }

  // What applications use.

  get status(): Status {
    return this.identity.status
  }

  get principal(): string | undefined {
    return this.identity.holder.principal
  }

  get bufferedAmount(): number {
    return this.conduit.channel.bufferedBytes
  }

  get rooms(): ReadonlySet<string> {
    return this.#rooms?.names ?? NO_ROOMS
  }

  on(event: string, listener: Listener): this {
    this.#listeners.add(event, listener)
    return this
  }

  once(event: string, listener: Listener): this {
    this.#listeners.addOnce(event, listener)
    return this
  }

  off(event?: string, listener?: Listener): this {
    this.#listeners.remove(event, listener)
    return this
  }

  emit(event: string, ...args: unknown[]): boolean {
    const last = args.at(-1)
    if (typeof last !== 'function') return this.say([eventNameOf(event), ...args])
    return this.#ask(event, args.slice(0, -1), NEVER, waitWith(last as Callback))
  }

  emitWithAck(event: string, ...args: unknown[]): Promise<never> {
    return this.#request(event, args, NEVER)
  }

  timeout(ms: number): TimedEmitter<Record<string, Callback>> {
    const deadline = (): number => this.#scope.environment.now() + ms
    return {
      emit: (event: string, ...args: unknown[]) => {
        const last = args.at(-1)
        if (typeof last !== 'function') return this.emit(event, ...args)
        return this.#ask(event, args.slice(0, -1), deadline(), waitWithError(last as Callback))
      },
      emitWithAck: (event: string, ...args: unknown[]) => this.#request(event, args, deadline()),
    }
  }

  get volatile(): { emit(event: string, ...args: unknown[]): boolean } {
    return {
      emit: (event, ...args) => {
        const link = this.conduit.current
        const payload = this.#encode([eventNameOf(event), ...args])
        if (!this.isConnected() || link === undefined || link.backedUp) return false
        emitOwn(link.socket, SESSION_EVENTS.volatile, [payload], { volatile: true })
        return true
      },
    }
  }

  send(text: string): boolean {
    if (!this.isConnected()) return false
    this.say([TEXT_EVENT, String(text)])
    return true
  }

  isConnected(): boolean {
    return this.identity.status === STATUS.CONNECTED
  }

  flush(): Promise<void> {
    const { acked, accepted } = this.conduit.channel
    if (acked >= accepted) return Promise.resolve()
    if (this.#over !== undefined) return Promise.reject(new StarError('ERR_CLOSED'))
    this.#flushes ??= new Flushes()
    return this.#flushes.wait(accepted)
  }

  join(rooms: string | readonly string[]): void {
    this.#checkOpen()
    for (const room of namesOf(rooms)) this.#inRooms.join(room)
  }

  leave(room: string): void {
    this.#rooms?.leave(room)
  }

  to(room: string | readonly string[]): RoomEmitter<Record<string, Callback>> {
    return this.#scope.to(room).except(this)
  }

  disconnect(): void {
    this.conduit.flush(this.#scope.environment.now())
    const link = this.conduit.current
    // the token itself says it, to a client that is there
    if (link !== undefined) this.#scope.follow(link, link.handshake.end())
    this.#follow(this.identity.end(), 'server')
  }

  // What the star drives it with.

  /** The handshake that made it is PRECONNECTED. */
  preconnected(link: Link): void {
    link.session = this
    this.#follow(this.identity.preconnected(link.id))
    this.#scope.alarms.by(this.conduit, this.deadline())
  }

  /** That handshake is CONNECTED. */
  connected(): void {
    this.#follow(this.identity.connected())
  }

  /** A further socket has it now, says the identity. */
  resumed(outputs: readonly ServerOutput[]): void {
    this.#follow(outputs)
  }

  /** The client ended it. */
  ended(): void {
    this.#follow(this.identity.end(), 'client')
  }

  /** It was restored: the application has it again, and its client is waited for. */
  restored(): void {
    this.#started = true
    this.#scope.started(this, this.#start)
    this.conduit.schedule()
  }

  /** This process lets go of it, and its client is not told. Undefined for one that its client never confirmed. */
  release(): SessionSnapshot | undefined {
    const { channel } = this.conduit
    channel.freeze()
    try {
      return this.#started ? this.#snapshot() : undefined
    } finally {
      this.#end('closed')
    }
  }

  /** Its client was gone before it knew of it. */
  abandon(): void {
    this.#end('expired')
  }

  /** Its client is asked to open another socket. */
  drain(): void {
    this.conduit.flush(this.#scope.environment.now())
    const link = this.conduit.current
    if (link) this.lose(link, 'drain')
  }

  /** A socket is gone, or, with a reason, has to go. */
  lose(link: Link, reason?: 'protocol' | 'timeout' | 'state-lost' | 'drain', error?: unknown): void {
    if (link.closed) return
    this.#let(link)
    if (reason !== undefined) {
      this.#scope.lost(link, reason, error)
      link.close(reason, error)
    }
    this.#follow(this.identity.closed(link.id, this.#scope.environment.now()))
    this.#scope.alarms.by(this.conduit, this.deadline())
  }

  /** Sends a message of the session. @throws StarError as {@link Session.emit} */
  say(message: Payload): boolean {
    return this.conduit.send(this.#encode(message))
  }

  /** What concerns this member of a room alone. What does not fit any more is made up for when the client asks. */
  tellRoom(control: RoomControl): void {
    this.tell(encodePayload(encodeRoomControl(control)))
  }

  /** Sends an encoded message of the star's own; past the backlog, the client has to come again. */
  tell(payload: Encoded): void {
    try {
      this.conduit.send(payload)
    } catch (error) {
      this.failed(error)
    }
  }

  /** Something of the star's own failed for this session: its client comes again, and asks again. */
  failed(error: unknown): void {
    const link = this.conduit.current
    if (this.#over === undefined && link) this.lose(link, 'timeout', error)
  }

  /** What came on `star-volatile`. */
  volatileMessage(link: Link, args: readonly unknown[]): void {
    if (this.#over !== undefined || !this.#started) return
    try {
      const message = parseMessage(decodePayload(args[0] as Encoded))
      if (message.kind === 'event') this.#event(message.name, message.args)
    } catch (error) {
      this.lose(link, 'protocol', error)
    }
  }

  // What the conduit asks and tells.

  message(payload: Encoded, link: Link | undefined): Promise<unknown> | undefined {
    try {
      const message = parseMessage(decodePayload(payload))
      switch (message.kind) {
        case 'event':
          return this.#event(message.name, message.args)
        case 'request':
          return this.#receiver.request(message)
        case 'response':
          this.#asking?.answered(message.id, message.args)
          return undefined
        case 'failure':
          this.#asking?.failed(message.id, message.error)
          return undefined
        case 'fetch':
          this.#inRooms.asked(message)
          return undefined
        default:
          throw new StarError('ERR_BAD_FRAME', `a client does not say ${message.kind}`)
      }
    } catch (error) {
      if (link !== undefined) this.lose(link, 'protocol', error)
      return undefined
    }
  }

  event(event: ChannelEvent<Encoded>): void {
    const link = 'path' in event ? this.conduit.linkOf(event.path) : this.conduit.current
    switch (event.type) {
      case 'drain':
        this.#tell('drain')
        break
      case 'drained':
        link?.drained()
        break
      case 'stale':
        if (link) this.lose(link, 'protocol', new StarError('ERR_BAD_FRAME', 'a frame of an earlier life'))
        break
      case 'violation':
        if (link) this.lose(link, 'protocol', new StarError('ERR_BAD_FRAME', event.reason))
        break
      case 'state-lost':
        // our HELLO tells the client
        this.conduit.flush(this.#scope.environment.now())
        if (link) this.lose(link, 'state-lost')
        this.#end('state-lost')
        break
      case 'reset':
      case 'closed':
      case 'superseded':
        if (link) this.lose(link, 'protocol', new StarError('ERR_BAD_FRAME', event.type))
        this.#follow(this.identity.end(), 'protocol')
        break
      case 'live':
        break
      default:
        event satisfies never
    }
  }

  acknowledged(): void {
    this.#flushes?.acknowledged(this.conduit.channel.acked)
    this.#rooms?.acknowledged()
  }

  deadline(): number {
    return Math.min(this.identity.deadline() ?? NEVER, this.#asking?.deadline() ?? NEVER)
  }

  wake(now: number): void {
    this.#asking?.timeout(now)
    this.#follow(this.identity.timeout(now), 'expired')
  }

  #follow(outputs: readonly ServerOutput[], reason: EndReason = 'expired'): void {
    const now = this.#scope.environment.now()
    for (const output of outputs) {
      switch (output.do) {
        case 'status':
          this.#tell('status', output.status)
          break
        case 'session':
          this.#carry(output.socket, now)
          this.#welcomeFirst()
          break
        case 'resumed':
          this.#carry(output.socket, now, output.draining)
          this.#welcomeBack()
          break
        case 'promoted': {
          const link = this.conduit.linkOf(output.socket)
          if (link) {
            this.conduit.carry(link)
            link.carry(now)
          }
          this.conduit.channel.prefer(output.socket)
          this.conduit.schedule()
          break
        }
        case 'close': {
          const link = this.#scope.linkOf(output.socket)
          if (link && !link.closed) {
            this.#let(link)
            link.close(output.reason)
          }
          break
        }
        case 'expired':
        case 'ended':
          this.#end(reason)
          break
        default:
          output satisfies never
      }
    }
  }

  #carry(socket: string | number, now: number, draining?: string | number): void {
    const link = this.#scope.linkOf(socket)
    if (!link) return
    const old = draining === undefined ? undefined : this.conduit.linkOf(draining)
    this.conduit.attach(link, now)
    if (old === undefined) return
    old.drain(now)
    // shows at once whether it is still there; what it has under way is sent again if not
    this.conduit.channel.ping(old.id)
  }

  #welcomeFirst(): void {
    const { renewed } = this.#start
    const welcome: Welcome = { ...this.#welcome, ...(renewed !== undefined && { renewed }) }
    this.conduit.channel.welcome(JSON.stringify(welcome))
    this.#started = true
    this.#scope.started(this, this.#start)
  }

  #welcomeBack(): void {
    const link = this.conduit.current
    if (link) emitOwn(link.socket, SESSION_EVENTS.welcome, [this.#welcome])
    this.#tell('resume')
  }

  get #welcome(): Welcome {
    const { heartbeatMs, resumeWindowMs, windowMessages, windowBytes, maxMessageBytes } = this.#scope.settings
    const limits = { heartbeatMs, resumeWindowMs, windowMessages, windowBytes, maxMessageBytes }
    return { v: SESSION_VERSION, id: this.id, ...limits, features: this.#scope.features }
  }

  /** Nothing is heard from a socket any more. */
  #let(link: Link): void {
    link.closed = true
    link.handshake.close()
    this.conduit.detach(link)
    this.#scope.forget(link)
  }

  #end(reason: EndReason): void {
    if (this.#over !== undefined) return
    this.#over = reason
    const listeners = this.#listeners.of('end')
    const lost = this.#started && listeners.length > 0 ? unacknowledgedEvents(this.conduit.channel) : []
    this.conduit.close()
    this.#asking?.close()
    this.#flushes?.close()
    this.#rooms?.close()
    this.#scope.ended(this, reason)
    if (this.#started) this.#tell('end', reason, lost)
  }

  #event(name: string, args: readonly unknown[]): Promise<unknown> | undefined {
    if (name === TEXT_EVENT && this.onMessage !== undefined && typeof args[0] === 'string') {
      try {
        this.onMessage(args[0])
      } catch (error) {
        this.#scope.failed(this, error, name)
      }
    }
    return this.#receiver.event(name, args)
  }

  get #inRooms(): SessionRooms {
    this.#rooms ??= new SessionRooms(this, this.#scope.hub)
    return this.#rooms
  }

  get #receiver(): Incoming {
    this.#incoming ??= new Incoming({
      listeners: this.#listeners,
      send: (message) => this.say(message),
      failed: (error, event) => this.#scope.failed(this, error, event),
    })
    return this.#incoming
  }

  #snapshot(): SessionSnapshot {
    return {
      v: 1,
      id: this.id,
      identity: this.identity.snapshot(),
      channel: this.conduit.channel.snapshot(),
      data: JSON.stringify(this.data),
      lastRequest: this.#asking?.last ?? this.#lastRequest,
      inWork: this.#incoming?.inWork ?? [],
      rooms: this.#rooms?.snapshot() ?? [],
    }
  }

  /** What an earlier process had begun ends here: its handlers died with it. */
  #goOn({ inWork, lastRequest, rooms }: SessionSnapshot): void {
    const { channel } = this.conduit
    this.#lastRequest = lastRequest
    for (const delivery of channel.interrupted) channel.consume(delivery)
    for (const message of Responses.interrupted(inWork)) this.tell(encodePayload(message))
    if (rooms.length > 0) this.#inRooms.restore(rooms)
  }

  /** One of a session's own events. A listener that throws does not stop the session. */
  #tell(event: string, ...args: unknown[]): void {
    for (const listener of this.#listeners.of(event)) {
      try {
        listener(...args)
      } catch (error) {
        this.#scope.failed(this, error, event)
      }
    }
  }

  #request(event: string, args: readonly unknown[], deadline: number): Promise<never> {
    return new Promise((resolve, reject) => {
      this.#ask(event, args, deadline, { resolve: ([first]) => resolve(first as never), reject })
    })
  }

  #ask(
    event: string,
    args: readonly unknown[],
    deadline: number,
    waiting: Parameters<Asking['ask']>[3],
  ): boolean {
    this.#asking ??= new Asking(this.#lastRequest)
    const more = this.#asking.ask(eventNameOf(event), args, deadline, waiting, (message) => this.say(message))
    this.#scope.alarms.by(this.conduit, deadline)
    return more
  }

  #encode(message: Payload): Encoded {
    this.#checkOpen()
    return encodeWithin(message, this.#scope.settings.maxMessageBytes)
  }

  #checkOpen(): void {
    if (this.#over !== undefined) throw new StarError('ERR_CLOSED', 'the session is over')
  }
}
