import { StarError } from '@socket-star/protocol'
import { type Channel, type ChannelEvent, createChannel, restoreChannel } from '@socket-star/protocol/channel'
import {
  Conduit,
  type ConduitOwner,
  decodePayload,
  type Encoded,
  encodePayload,
  encodeRoomControl,
  Flushes,
  interrupted,
  type Listener,
  Listeners,
  PAYLOAD_MEASURE,
  parseMessage,
  type RoomControl,
  SESSION_EVENTS,
  SESSION_VERSION,
  ServerIdentity,
  type ServerOutput,
  STATUS,
  type Status,
  unacknowledgedEvents,
  type Welcome,
} from '@socket-star/protocol/session'
import type { SessionSnapshot } from '../store/session-store.ts'
import { Commits } from './commits.ts'
import { Dialogue, TEXT_EVENT } from './dialogue.ts'
import { type LoseReason, SessionLife } from './life.ts'
import type { Link } from './link.ts'
import { emitOwn } from './own-event.ts'
import { namesOf } from './rooms/broadcast.ts'
import { SessionRooms } from './rooms/session-rooms.ts'
import type { SessionInit, SessionScope } from './scope.ts'
import type { EndReason, RoomEmitter, Session, SessionStart, TimedEmitter } from './types.ts'

type Callback = (...args: unknown[]) => unknown

const NO_ROOMS: ReadonlySet<string> = new Set()

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
  readonly conduit: Conduit<Link, Channel<Encoded>>

  readonly #scope: SessionScope
  readonly #start: SessionStart
  readonly #life: SessionLife
  readonly #dialogue: Dialogue
  readonly #listeners = new Listeners()
  readonly #commits: Commits | undefined
  #started = false
  #over: EndReason | undefined
  #flushes: Flushes | undefined
  #rooms: SessionRooms | undefined

  constructor(scope: SessionScope, init: SessionInit) {
    const { alarms, environment, settings, turn } = scope
    const { fence, hash, id, identity, snapshot, start } = init
    const { save } = scope
    const gate = save && ({ ackOn: 'committed', commitBeforeSend: true } as const)
    const measure = PAYLOAD_MEASURE
    const options = {
      ...scope.channelOptions,
      ...gate,
      measure,
      welcome: 'sends',
      incarnation: fence,
    } as const
    const channel = snapshot ? restoreChannel(snapshot.channel, options) : createChannel(options)
    this.#scope = scope
    this.id = id
    this.hash = hash
    this.fence = fence
    this.data = snapshot === undefined ? {} : JSON.parse(snapshot.data)
    this.#start = start
    this.identity = new ServerIdentity(identity, environment.now(), settings)
    this.#commits = save && this.#newCommits(save)
    this.conduit = new Conduit(this, { alarms, turn: this.#commits ?? turn, channel })
    this.#life = new SessionLife(scope, this.identity, this.conduit, {
      statusChanged: (status) => this.#tell('status', status),
      begun: () => this.#begin(),
      movedOn: () => this.#welcomeBack(),
      over: (reason) => this.#end(reason),
    })
    this.#dialogue = new Dialogue(
      {
        scope,
        conduit: this.conduit,
        listeners: this.#listeners,
        checkOpen: () => this.#checkOpen(),
        text: (text) => this.#text(text),
        failed: (error, event) => scope.failed(this, error, event),
      },
      snapshot?.lastRequest ?? 0,
    )
    if (snapshot !== undefined) this.#goOn(snapshot)
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

  get volatile(): { emit(event: string, ...args: unknown[]): boolean } {
    return {
      emit: (event, ...args) =>
        this.#dialogue.emitVolatile(this.isConnected() ? this.conduit.current : undefined, event, args),
    }
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
    return this.#dialogue.emit(event, args)
  }

  emitWithAck(event: string, ...args: unknown[]): Promise<never> {
    return this.#dialogue.emitWithAck(event, args)
  }

  timeout(ms: number): TimedEmitter<Record<string, Callback>> {
    return this.#dialogue.timed(ms)
  }

  send(text: string): boolean {
    if (!this.isConnected()) return false
    this.#dialogue.say([TEXT_EVENT, String(text)])
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
    this.#commits?.waive()
    this.conduit.flush(this.#scope.environment.now())
    const link = this.conduit.current
    // the token itself says it, to a client that is there
    if (link !== undefined) this.#scope.follow(link, link.handshake.end())
    this.#life.end('server')
  }

  // What the star drives it with.

  /** The handshake that made it is PRECONNECTED. */
  preconnected(link: Link): void {
    link.session = this
    this.#life.preconnected(link)
  }

  /** That handshake is CONNECTED. */
  connected(): void {
    this.#life.connected()
  }

  /** A further socket has it now, says the identity. */
  resumed(outputs: readonly ServerOutput[]): void {
    this.#life.follow(outputs)
  }

  /** The client ended it. */
  ended(): void {
    this.#life.end('client')
  }

  /** It was restored: the application has it again, and its client is waited for. */
  restored(): void {
    this.#started = true
    this.#scope.started(this, this.#start)
    this.conduit.schedule()
  }

  /** This process lets go of it, and its client is not told. Undefined for one that its client never confirmed. */
  release(): SessionSnapshot | undefined {
    this.conduit.channel.freeze()
    try {
      return this.#started ? this.#snapshot() : undefined
    } finally {
      this.#end('closed')
    }
  }

  /** A PING says what has come, though the client may not forget it yet (SES-9). */
  #showSign(): void {
    const link = this.conduit.current
    if (link === undefined) return
    this.conduit.channel.ping(link.id)
    this.conduit.schedule()
  }

  /** Another process has it: its client finds it there. */
  #moveOut(): void {
    for (let link = this.conduit.current; link !== undefined; link = this.conduit.current) {
      this.lose(link, 'unavailable')
    }
    this.#end('moved')
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
  lose(link: Link, reason?: LoseReason, error?: unknown): void {
    this.#life.lose(link, reason, error)
  }

  /** What concerns this member of a room alone. */
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
  volatileMessage(link: Link, [payload]: readonly unknown[]): void {
    if (this.#over !== undefined || !this.#started) return
    try {
      this.#dialogue.volatileCame(payload)
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
          return this.#dialogue.event(message.name, message.args)
        case 'request':
          return this.#dialogue.request(message)
        case 'response':
          this.#dialogue.answered(message.id, message.args)
          return undefined
        case 'failure':
          this.#dialogue.refused(message.id, message.error)
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
    const fault = (text: string): void => {
      if (link) this.lose(link, 'protocol', new StarError('ERR_BAD_FRAME', text))
    }
    switch (event.type) {
      case 'drain':
        this.#tell('drain')
        break
      case 'drained':
        link?.drained()
        break
      case 'stale':
        fault('a frame of an earlier life')
        break
      case 'violation':
        fault(event.reason)
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
        fault(event.type)
        this.#life.end('protocol')
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
    return Math.min(this.#life.deadline(), this.#dialogue.deadline())
  }

  wake(now: number): void {
    this.#dialogue.timeout(now)
    this.#life.expire(now)
  }

  #begin(): void {
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

  #end(reason: EndReason): void {
    if (this.#over !== undefined) return
    this.#over = reason
    const listeners = this.#listeners.of('end')
    const lost = this.#started && listeners.length > 0 ? unacknowledgedEvents(this.conduit.channel) : []
    this.conduit.close()
    this.#commits?.close()
    this.#dialogue.close()
    this.#flushes?.close()
    this.#rooms?.close()
    this.#scope.ended(this, reason)
    if (this.#started) this.#tell('end', reason, lost)
  }

  #text(text: string): void {
    try {
      this.onMessage?.(text)
    } catch (error) {
      this.#scope.failed(this, error, TEXT_EVENT)
    }
  }

  get #inRooms(): SessionRooms {
    this.#rooms ??= new SessionRooms(this, this.#scope.hub)
    return this.#rooms
  }

  #snapshot(): SessionSnapshot {
    return {
      v: 1,
      id: this.id,
      identity: this.identity.snapshot(),
      channel: this.conduit.channel.snapshot(),
      data: JSON.stringify(this.data),
      lastRequest: this.#dialogue.lastRequest,
      inWork: this.#dialogue.inWork,
      rooms: this.#rooms?.snapshot() ?? [],
    }
  }

  #newCommits(save: NonNullable<SessionScope['save']>): Commits {
    const { environment, settings, turn } = this.#scope
    return new Commits(turn, {
      environment,
      answerMs: settings.answerMs,
      channel: () => this.conduit.channel,
      save: (snapshot) => save(this, snapshot),
      snapshot: () => this.#snapshot(),
      committed: () => this.conduit.schedule(),
      late: () => this.#showSign(),
      lost: () => this.#moveOut(),
      failed: (error) => {
        this.#scope.notWritten(this, error)
        this.failed(error)
      },
    })
  }

  /** What an earlier process had begun ends here: its handlers died with it. */
  #goOn({ inWork, rooms }: SessionSnapshot): void {
    const { channel } = this.conduit
    for (const delivery of channel.interrupted) channel.consume(delivery)
    for (const message of interrupted(inWork)) this.tell(encodePayload(message))
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

  #checkOpen(): void {
    if (this.#over !== undefined) throw new StarError('ERR_CLOSED', 'the session is over')
  }
}
