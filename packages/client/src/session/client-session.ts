import { type ErrorCode, StarError } from '@socket-star/protocol'
import {
  ANSWER_MS,
  type ClientIdentity,
  type ClientOutput,
  type Close,
  HEARTBEAT_MS,
  parseClose,
  SESSION_EVENTS,
  STATUS,
  type Welcome,
} from '@socket-star/protocol/session'
import type { Env } from '../env.ts'
import type { ClientSocket } from '../options.ts'
import type { Carrier, Heard } from './carrier.ts'
import { Dialogue } from './dialogue.ts'
import { HandshakeTime } from './handshake-time.ts'
import { PARTING_MS } from './limits.ts'
import { OneAfterTheOther } from './one-after-the-other.ts'
import { newIdentity } from './secrets.ts'
import { Sockets } from './sockets.ts'
import { Tab } from './tab.ts'
import { Timer } from './timer.ts'
import type { ClientSessionInit } from './types.ts'

/** The session of a wrapped socket: drives its identity, and the dialogue over its connections. */
export class ClientSession {
  identity: ClientIdentity
  /** The server's latest welcome: the parameters of the session. */
  welcome: Welcome | undefined
  readonly env: Env
  readonly dialogue: Dialogue
  readonly sockets: Sockets
  readonly heard: Heard
  readonly init: ClientSessionInit
  /** By which connections are watched. */
  readonly times: { heartbeatMs: number; readonly answerMs: number }
  readonly #tab: Tab | undefined
  readonly #handshake: HandshakeTime
  /** A server that was told of the end has a while to close the socket. */
  readonly #parting: Timer
  #lastId = 0
  readonly #turns = new OneAfterTheOther()
  over = false

  constructor(env: Env, socket: ClientSocket, init: ClientSessionInit) {
    this.env = env
    this.init = init
    this.#handshake = new HandshakeTime(env.timers)
    this.#parting = new Timer(env.wakefulTimers)
    this.#tab = init.tab && new Tab(init.tab, this)
    const saved = this.#tab?.saved
    this.welcome = saved?.welcome
    this.times = {
      heartbeatMs: saved?.welcome.heartbeatMs ?? HEARTBEAT_MS,
      answerMs: init.answerMs ?? ANSWER_MS,
    }
    this.identity = newIdentity(env, saved?.token)
    this.sockets = new Sockets(this, socket, init.cycle)
    this.dialogue = new Dialogue(this, saved)
    if (this.#tab?.lost) this.dialogue.outgoing.renew('state-lost')
    this.heard = {
      ...this.dialogue.heard,
      [SESSION_EVENTS.dop]: (carrier, [token]) => {
        if (carrier !== this.dialogue.conduit.current) this.#expect(carrier)
        this.follow(this.identity.receive(carrier.id, token))
      },
      [SESSION_EVENTS.close]: (carrier, [value]) => {
        const close = parseClose(value)
        if (close.reason === 'timeout') this.lose(carrier, close.reason)
        else this.#refused(carrier, close)
      },
    }
  }

  /** Begins on the application's socket, once it is sure that no other tab has this session. */
  begin(): void {
    const tab = this.#tab
    if (tab === undefined) this.sockets.first.begin()
    else
      void tab.hold().then((ours) => {
        if (this.over) return
        if (!ours) {
          this.identity = newIdentity(this.env)
          this.welcome = undefined
          this.dialogue.startAfresh()
        }
        this.sockets.first.begin()
      })
  }

  get now(): number {
    return this.env.timers.now()
  }

  /** @throws StarError ERR_CLOSED after the end */
  connect(): void {
    if (this.over) throw new StarError('ERR_CLOSED')
    this.sockets.first.connect()
  }

  disconnect(): void {
    if (this.over) return
    this.dialogue.flush()
    // nobody to say it to, and no way that there will be somebody: there is none at all
    const { first } = this.sockets
    const refused = first.id > 0 && first.closed && first.socket.connected
    const nobody = this.identity.status === STATUS.OPEN || !first.active || refused
    this.follow(nobody ? this.identity.abandon() : this.identity.disconnect())
  }

  tell(event: string, ...args: unknown[]): boolean {
    return this.dialogue.inbound.tell(event, ...args)
  }

  /** A socket is connected. `announced`: the server knows it from `auth`. */
  opened(carrier: Carrier, announced: boolean): void {
    if (this.sockets.givesWay(carrier)) return
    if (carrier === this.sockets.first) this.sockets.retrying.stop()
    carrier.id = ++this.#lastId
    carrier.closed = false
    // a server that gave us a session answers; another one may not know what we speak of
    if (this.identity.token !== undefined) this.#expect(carrier)
    this.follow(this.identity.open(carrier.id, announced))
  }

  /** A connection is gone, or, with a reason, has to go for a fault. */
  lose(carrier: Carrier | undefined, reason?: 'protocol' | 'timeout' | 'state-lost' | 'joined'): void {
    if (!carrier || carrier.closed) return
    if (reason === 'timeout') carrier.say(SESSION_EVENTS.close, { reason, retryable: true })
    this.#let(carrier)
    this.sockets.lost(carrier)
    this.follow(this.identity.closed(carrier.id))
    if (!reason || carrier !== this.sockets.first) return
    if (reason === 'protocol') {
      carrier.disconnect()
      this.#broken('ERR_BAD_FRAME')
      return
    }
    carrier.cut()
    // when the server was faster, and closed it, Socket.IO does not connect again
    if (carrier.reconnects) this.sockets.retry()
  }

  /** Nothing is left of it. */
  leave(): void {
    this.#parting.stop()
    this.#tab?.close()
    this.sockets.close()
    this.init.ended()
  }

  /** The server broke the protocol: another attempt follows, and the application is told. */
  #broken(code: ErrorCode): void {
    if (this.over) return
    this.sockets.retry()
    this.tell('refused', { reason: 'protocol', retryable: true, error: new StarError(code) })
  }

  #refused(carrier: Carrier, close: Close): void {
    const outputs = this.identity.refused(carrier.id, close)
    this.#let(carrier)
    // without a session a socket is still good for everything else
    if (close.reason !== 'forbidden' || carrier !== this.sockets.first) this.sockets.leave(carrier)
    this.follow(outputs, close.error)
  }

  /** Does what the identity says. `error`: what the server said of a refusal. */
  follow(outputs: readonly ClientOutput[], error?: StarError): void {
    this.#turns.do(outputs.map((output) => () => this.#obey(output, error)))
  }

  #obey(output: ClientOutput, error: StarError | undefined): void {
    const { sockets, dialogue } = this
    const carrier = 'socket' in output ? sockets.of(output.socket) : undefined
    switch (output.do) {
      case 'send':
        carrier?.say(SESSION_EVENTS.dop, output.token)
        // shown to have the session back
        if (carrier && carrier !== dialogue.conduit.current && output.token === this.identity.token)
          dialogue.conduit.greet(carrier, this.now)
        break
      case 'announce':
        carrier?.say(SESSION_EVENTS.announce, output.announcement)
        break
      case 'status':
        this.tell('status', output.status)
        break
      case 'connected':
        if (carrier) this.#connected(carrier, output)
        break
      case 'promoted':
        if (carrier) dialogue.conduit.promote(carrier, this.now)
        break
      case 'close':
        if (carrier) {
          this.#let(carrier)
          // at the end all of them go at once
          if (!this.over) sockets.leave(carrier)
          if (output.code !== undefined) this.#broken(output.code)
        }
        break
      case 'displaced':
        dialogue.renew('replaced')
        this.tell('replaced')
        sockets.retry()
        break
      case 'refused': {
        const { reason, retryable, kept } = output
        // the first one has to come again, also while an older one carries the session
        if (kept ? !sockets.first.active : retryable) sockets.retry()
        if (!kept) this.tell('refused', { reason, retryable, error })
        break
      }
      case 'ended':
        this.#end(output.by)
        break
      default:
        output satisfies never
    }
  }

  #connected(carrier: Carrier, { how, first, draining }: Extract<ClientOutput, { do: 'connected' }>): void {
    this.#handshake.done(carrier)
    if (how === 'renewed' && !first) this.dialogue.renew()
    // the server took the first connection for left: both go on with another one
    if (this.sockets.givesWay(carrier)) {
      this.lose(this.sockets.first, 'joined')
      return
    }
    this.dialogue.conduit.attach(carrier, this.now, this.sockets.of(draining))
    this.sockets.carries(carrier)
    if (how === 'resumed') this.dialogue.resumed()
  }

  /** Nothing is heard from a connection any more. */
  #let(carrier: Carrier): void {
    carrier.closed = true
    this.#handshake.done(carrier)
    this.dialogue.conduit.detach(carrier)
  }

  /** The server is to say its part. */
  #expect(carrier: Carrier): void {
    this.#handshake.expect(carrier, this.times.answerMs, () => this.lose(carrier, 'timeout'))
  }

  #end(by: 'local' | 'remote'): void {
    this.over = true
    const { dialogue } = this
    const { current } = dialogue.conduit
    const lost = dialogue.outgoing.unacknowledgedEvents()
    dialogue.close()
    this.sockets.retrying.stop()
    // Socket.IO's server drops what comes together with a DISCONNECT: the server closes, having heard the token
    if (by === 'local' && current?.socket.connected) this.#parting.set(PARTING_MS, () => this.leave())
    else this.leave()
    this.tell('end', by === 'local' ? 'client' : 'server', lost)
  }
}
