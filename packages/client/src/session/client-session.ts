import { StarError } from '@socket-star/protocol'
import type { ChannelEvent, ChannelSnapshot } from '@socket-star/protocol/channel'
import {
  ANSWER_MS,
  ClientIdentity,
  type ClientOutput,
  type Close,
  Conduit,
  type ConduitOwner,
  createToken,
  decodePayload,
  type Encoded,
  HEARTBEAT_MS,
  isEncoded,
  parseWelcome,
  Responses,
  SESSION_EVENTS,
  type SocketId,
  STATUS,
  TOKEN_BYTES,
  type Waiting,
  type WatchTimes,
  type Welcome,
} from '@socket-star/protocol/session'
import type { Env } from '../env.ts'
import type { Wire } from '../wire.ts'
import type { ClientSocket } from '../wrap.ts'
import { Alarm } from './alarm.ts'
import type { Carrier } from './carrier.ts'
import type { CycleTimes } from './cycle.ts'
import { HandshakeWatch } from './handshake-watch.ts'
import { Inbound, type InboundNeeds } from './inbound.ts'
import { PARTING_MS } from './limits.ts'
import { Line } from './line.ts'
import { Outgoing } from './outgoing.ts'
import type { Saved } from './saved.ts'
import { Sockets, type SocketsOwner } from './sockets.ts'
import { Tab, type TabEnv } from './tab.ts'
import type { ClientEndReason, RenewReason } from './types.ts'

const OWNER_BYTES = 16

/** What a {@link ClientSession} is made of. */
export interface ClientSessionInit {
  readonly answerMs: number | undefined
  /** Replace the socket now and then; undefined when it is the application's. */
  readonly cycle: CycleTimes | undefined
  /** Where the session is kept over a reload of the page. */
  readonly tab: { readonly env: TabEnv; readonly key: string } | undefined
  /** Another socket is the session's from now on. */
  moved(socket: ClientSocket): void
  /** Nothing of this session is left. */
  ended(): void
}

/** The session of a wrapped socket: drives the identity and the Channel over its connections. */
export class ClientSession implements SocketsOwner, ConduitOwner<Line> {
  readonly outgoing: Outgoing
  readonly inbound: Inbound
  identity: ClientIdentity
  /** The server's latest welcome. */
  parameters: Welcome | undefined

  readonly sockets: Sockets

  readonly #env: Env
  readonly #init: ClientSessionInit
  readonly #answerMs: number
  readonly #lines = new Map<SocketId, Line>()
  readonly #handshakes: HandshakeWatch
  #alarm: Alarm
  #conduit: Conduit<Line>
  readonly #tab: Tab | undefined
  readonly #lock: string
  /** The server's requests that an earlier document left without an answer. */
  #interrupted: readonly number[]
  #lastId = 0
  #over = false
  /** The server was told of the end. */
  #parting = false
  #cancelParting: (() => void) | undefined

  constructor(env: Env, init: ClientSessionInit) {
    this.#env = env
    this.#init = init
    this.#answerMs = init.answerMs ?? ANSWER_MS
    this.#tab = init.tab && new Tab(init.tab.env, init.tab.key, () => this.#save())
    const saved = this.#tab?.take()
    this.#lock = saved?.lock ?? createToken(env.randomBytes(OWNER_BYTES))
    this.#interrupted = saved?.inWork ?? []
    this.parameters = saved?.welcome
    this.identity = this.#newIdentity(saved?.token)
    this.#handshakes = new HandshakeWatch(this.#answerMs)
    this.sockets = new Sockets(env, this, init.cycle)
    this.#alarm = new Alarm(env.timers)
    this.#conduit = this.#newConduit(saved?.channel)
    this.outgoing = new Outgoing(
      this.#conduit,
      {
        tell: (event, ...args) => this.tell(event, ...args),
        hears: (event) => this.inbound.hears(event),
      },
      saved,
    )
    this.inbound = new Inbound(this.#inboundNeeds())
    if (saved !== undefined) this.#restore(saved)
  }

  /** Begins on the application's socket, once it is sure that no other tab has this session. */
  begin(socket: ClientSocket, wire: Wire): void {
    if (this.#tab === undefined) {
      this.sockets.begin(socket, wire)
      return
    }
    void this.#tab.hold(this.#lock).then((ours) => {
      if (this.#over) return
      if (!ours) this.#startAfresh()
      this.sockets.begin(socket, wire)
    })
  }

  get connected(): boolean {
    return this.identity.status === STATUS.CONNECTED
  }

  ask(name: string, args: readonly unknown[], timeoutMs: number, waiting: Waiting): boolean {
    const deadline = this.#now + timeoutMs
    const more = this.outgoing.ask(name, args, deadline, waiting)
    this.#alarm.by(this.#conduit, deadline)
    return more
  }

  /** @throws StarError ERR_CLOSED, ERR_TOO_LARGE */
  volatile(message: readonly unknown[]): boolean {
    const payload = this.outgoing.encode(message)
    const line = this.#conduit.current
    if (!this.connected || this.outgoing.waits || line === undefined || line.backedUp) return false
    return line.say(SESSION_EVENTS.volatile, [payload], true)
  }

  /** @throws StarError ERR_CLOSED after the end */
  connect(): void {
    if (this.#over) throw new StarError('ERR_CLOSED', 'the session is over')
    this.sockets.first?.connect()
  }

  disconnect(): void {
    if (this.#over) return
    this.#conduit.flush(this.#now)
    // nobody to say it to, and no way that there will be somebody: there is none at all
    const nobody = this.identity.status === STATUS.OPEN || this.sockets.first?.active === false
    this.#follow(nobody ? this.identity.abandon() : this.identity.disconnect())
  }

  // What happens on the sockets.

  announce() {
    return this.identity.announce()
  }

  opened(carrier: Carrier, announced: boolean): Line {
    this.sockets.first ??= carrier
    if (carrier === this.sockets.first) this.sockets.noRetry()
    const line = new Line(++this.#lastId, carrier, this.#times, this.#env.timers)
    carrier.line = line
    this.#lines.set(line.id, line)
    // a server that gave us a session answers; another one may not know what we speak of
    if (this.identity.tokens.token !== undefined) this.#expect(line)
    this.#follow(this.identity.open(line.id, announced))
    return line
  }

  token(line: Line, token: unknown): void {
    if (line !== this.#conduit.current) this.#expect(line)
    this.#follow(this.identity.receive(line.id, token))
  }

  frame(line: Line, args: readonly unknown[]): void {
    this.#conduit.receive(line, args, this.#now)
  }

  welcomeBack(line: Line, value: unknown): void {
    line.heard(this.#now)
    this.#readable(line, () => {
      this.#adopt(parseWelcome(value))
      // an earlier document had the first one
      if (this.outgoing.waits) this.outgoing.welcome('unknown')
    })
  }

  volatileMessage(line: Line, payload: unknown): void {
    if (this.outgoing.waits) return
    this.#readable(line, () => {
      if (!isEncoded(payload)) throw new StarError('ERR_BAD_FRAME')
      this.inbound.volatileMessage(payload)
    })
  }

  room(line: Line, args: readonly unknown[]): void {
    line.heard(this.#now)
    this.#readable(line, () => this.inbound.rooms.item(args))
  }

  refused(line: Line, close: Close): void {
    const { reason, retryable, error } = close
    if (reason === 'timeout') {
      this.lose(line, reason)
      return
    }
    const outputs = this.identity.refused(line.id, close)
    this.#let(line)
    this.sockets.leave(line.carrier)
    this.#follow(outputs)
    if (outputs.some((output) => output.do === 'refused' && !output.kept)) {
      this.tell('refused', { reason, retryable, error })
    }
  }

  lost(line: Line): void {
    if (line.closed) return
    this.#let(line)
    this.sockets.lost(line.carrier)
    this.#follow(this.identity.closed(line.id))
  }

  carriedBy(carrier: Carrier): boolean {
    return this.#conduit.current?.carrier === carrier
  }

  moved(carrier: Carrier): void {
    this.#init.moved(carrier.socket)
  }

  told(carrier: Carrier, event: string, args: unknown[]): void {
    if (carrier !== this.sockets.first) {
      if (event === 'connect_error' && !carrier.active) this.sockets.lost(carrier)
      return
    }
    const [error] = args as [{ data?: { retryable?: unknown } }?]
    // a middleware that says so is asked again: Socket.IO itself gives up
    if (event === 'connect_error' && !carrier.active && error?.data?.retryable === true)
      this.sockets.retry(this.#now)
    if (event === 'disconnect' && args[0] === 'io client disconnect') this.sockets.noRetry()
    this.tell(event, ...args)
    if (event === 'disconnect' && this.#over) this.#leave()
  }

  // What the conduit asks and tells.

  message(payload: Encoded, line: Line | undefined): Promise<unknown> | undefined {
    try {
      return this.inbound.message(payload)
    } catch (error) {
      if (line !== undefined) this.lose(line, 'protocol', error)
      return undefined
    }
  }

  welcome(payload: Encoded, line: Line | undefined): void {
    this.#readable(line, () => {
      const welcome = parseWelcome(decodePayload(payload))
      this.#adopt(welcome)
      this.outgoing.welcome(welcome.renewed ?? 'unknown')
    })
  }

  event(event: ChannelEvent<Encoded>): void {
    const line = 'path' in event ? this.#conduit.linkOf(event.path) : this.#conduit.current
    switch (event.type) {
      case 'drain':
        this.tell('drain')
        break
      case 'drained':
        if (line) this.lose(line)
        break
      case 'stale':
      case 'violation':
        if (line) this.lose(line, 'protocol')
        break
      case 'state-lost':
        // our HELLO tells the server; the next handshake brings another session
        this.#conduit.flush(this.#now)
        this.#renew()
        if (line) this.lose(line, 'state-lost')
        break
      case 'reset':
      case 'closed':
      case 'superseded':
        this.#follow(this.identity.abandon())
        break
      case 'live':
        break
      default:
        event satisfies never
    }
  }

  acknowledged(): void {
    this.outgoing.acknowledged()
  }

  deadline(): number {
    return Math.min(this.outgoing.asking.deadline(), this.#handshakes.deadline)
  }

  wake(now: number): void {
    this.outgoing.asking.timeout(now)
    const line = this.#handshakes.late(now)
    if (line !== undefined) this.lose(line, 'timeout')
  }

  /** A socket has to go: it is drained, or for a fault. */
  lose(line: Line, reason?: 'protocol' | 'timeout' | 'state-lost', _error?: unknown): void {
    if (line.closed) return
    const { carrier } = line
    if (reason === 'timeout') line.say(SESSION_EVENTS.close, [{ reason, retryable: true }])
    this.#let(line)
    this.#follow(this.identity.closed(line.id))
    this.sockets.lost(carrier)
    if (carrier !== this.sockets.first) return
    if (reason === 'protocol') {
      carrier.disconnect()
      this.sockets.retry(this.#now)
    } else if (reason !== undefined) carrier.cut()
  }

  tell(event: string, ...args: unknown[]): void {
    this.inbound.tell(event, ...args)
  }

  /** What came on a line; when it cannot be read the line is lost. */
  #readable(line: Line | undefined, read: () => void): void {
    try {
      read()
    } catch (error) {
      if (line !== undefined) this.lose(line, 'protocol', error)
    }
  }

  #follow(outputs: readonly ClientOutput[]): void {
    this.#parting =
      outputs.some((output) => output.do === 'ended') && outputs.some((output) => output.do === 'send')
    for (const output of outputs) {
      const line = 'socket' in output ? this.#lines.get(output.socket) : undefined
      switch (output.do) {
        case 'send':
          line?.say(SESSION_EVENTS.dop, [output.token])
          break
        case 'announce':
          line?.say(SESSION_EVENTS.announce, [output.announcement])
          break
        case 'status':
          this.tell('status', output.status)
          break
        case 'connected':
          if (line) this.#connected(line, output)
          break
        case 'promoted':
          if (line) {
            this.#conduit.carry(line)
            line.carry(this.#now)
            this.#conduit.channel.prefer(line.id)
            this.#conduit.schedule()
          }
          break
        case 'close':
          if (line) {
            this.#let(line)
            if (!this.#parting) this.sockets.leave(line.carrier)
            if (output.code !== undefined) this.sockets.retry(this.#now)
          }
          break
        case 'displaced':
          this.#renew('replaced')
          this.tell('replaced')
          this.sockets.retry(this.#now)
          break
        case 'refused':
          if (output.retryable && !output.kept) this.sockets.retry(this.#now)
          break
        case 'ended':
          this.#end(output.by === 'local' ? 'client' : 'server')
          break
        default:
          output satisfies never
      }
    }
  }

  #connected(line: Line, { how, first, draining }: Extract<ClientOutput, { do: 'connected' }>): void {
    const now = this.#now
    this.#handshakes.done(line)
    if (how === 'renewed' && !first) this.#renew()
    line.carry(now, this.#times)
    this.#conduit.attach(line, now)
    const old = draining === undefined ? undefined : this.#lines.get(draining)
    if (old !== undefined) {
      old.drain(now)
      // shows at once whether it is still there; what it has under way is sent again if not
      this.#conduit.channel.ping(old.id)
    }
    this.sockets.carries(line.carrier, now)
    if (how !== 'resumed') return
    for (const payload of Responses.interrupted(this.#interrupted)) this.outgoing.say(payload)
    this.#interrupted = []
    this.inbound.rooms.resume()
    this.tell('resume')
  }

  /** A session of its own for what comes: the one before is gone. */
  #renew(reason?: RenewReason): void {
    const old = this.#conduit
    this.#interrupted = []
    this.#alarm = new Alarm(this.#env.timers)
    this.#conduit = this.#newConduit()
    this.inbound.renew(this.#inboundNeeds())
    this.outgoing.renew(this.#conduit, reason)
    if (reason !== undefined) this.inbound.rooms.forget()
    old.close()
  }

  #adopt(welcome: Welcome): void {
    this.parameters = welcome
    this.outgoing.limit(welcome.maxMessageBytes)
    this.#conduit.current?.carry(this.#now, this.#times)
  }

  /** What another document of this tab needs to go on. */
  #save(): Saved | undefined {
    const { token } = this.identity.tokens
    const welcome = this.parameters
    if (token === undefined || welcome === undefined || this.#over) return undefined
    this.#conduit.flush(this.#now)
    const { outgoing, inbound } = this
    // what would still be sent or heard is not in it
    this.sockets.first?.cut()
    return {
      v: 1,
      token,
      lock: this.#lock,
      channel: this.#conduit.channel.snapshot(),
      waiting: outgoing.waiting,
      lastRequest: outgoing.asking.last,
      inWork: [...this.#interrupted, ...inbound.inWork],
      rooms: inbound.rooms.positions(),
      welcome,
    }
  }

  #restore({ rooms }: Saved): void {
    const { channel } = this.#conduit
    // an earlier document had them, and may have acted on them
    for (const delivery of channel.interrupted) channel.consume(delivery)
    this.inbound.rooms.restore(rooms)
  }

  /** What was saved is another tab's: this one is a copy. */
  #startAfresh(): void {
    this.identity = this.#newIdentity()
    this.parameters = undefined
    this.inbound.rooms.forget()
    this.#interrupted = []
    this.#conduit.close()
    this.#alarm = new Alarm(this.#env.timers)
    this.#conduit = this.#newConduit()
    this.inbound.renew(this.#inboundNeeds())
    this.outgoing.startAfresh(this.#conduit)
  }

  /** Nothing is heard from a connection any more. */
  #let(line: Line): void {
    line.closed = true
    this.#handshakes.done(line)
    this.#lines.delete(line.id)
    this.#conduit.detach(line)
  }

  #expect(line: Line): void {
    this.#handshakes.expect(line, this.#now)
    this.#alarm.by(this.#conduit, this.#handshakes.deadline)
  }

  #end(reason: ClientEndReason): void {
    this.#over = true
    const lost = this.inbound.hears('end') ? this.outgoing.unacknowledgedEvents() : []
    this.#conduit.close()
    this.sockets.noRetry()
    this.outgoing.close()
    const { first } = this.sockets
    if (this.#parting && first?.wire.connected) {
      // Socket.IO's server drops what comes together with a DISCONNECT: the server closes, having heard the token
      this.#cancelParting = this.#env.wakefulTimers.after(PARTING_MS, () => first.disconnect())
    } else this.#leave()
    this.tell('end', reason, lost)
  }

  #leave(): void {
    this.#cancelParting?.()
    this.#tab?.close()
    this.sockets.close()
    this.#init.ended()
  }

  #newIdentity(token?: string): ClientIdentity {
    return new ClientIdentity({
      owner: createToken(this.#env.randomBytes(OWNER_BYTES)),
      newToken: () => createToken(this.#env.randomBytes(TOKEN_BYTES)),
      // timing tells nothing here: what is compared is this client's own
      digest: (each) => each,
      token,
    })
  }

  #newConduit(snapshot?: ChannelSnapshot<Encoded>): Conduit<Line> {
    return new Conduit(
      this,
      {
        alarms: this.#alarm,
        turn: { add: (flushable) => queueMicrotask(() => flushable.flush(this.#now)) },
        channel: { welcome: 'expects' },
      },
      snapshot,
    )
  }

  #inboundNeeds(): InboundNeeds {
    const { asking } = this.outgoing
    const conduit = this.#conduit
    return { asking, say: (message) => conduit === this.#conduit && this.outgoing.say(message) }
  }

  get #times(): WatchTimes {
    return { heartbeatMs: this.parameters?.heartbeatMs ?? HEARTBEAT_MS, answerMs: this.#answerMs }
  }

  get #now(): number {
    return this.#env.timers.now()
  }
}
