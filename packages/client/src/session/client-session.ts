import { StarError } from '@socket-star/protocol'
import {
  ANSWER_MS,
  ClientIdentity,
  type ClientOutput,
  type Close,
  createToken,
  HEARTBEAT_MS,
  SESSION_EVENTS,
  type SocketId,
  STATUS,
  TOKEN_BYTES,
  type WatchTimes,
  type Welcome,
} from '@socket-star/protocol/session'
import type { Env } from '../env.ts'
import type { Wire } from '../wire.ts'
import type { ClientSocket } from '../wrap.ts'
import type { Carrier } from './carrier.ts'
import type { CycleTimes } from './cycle.ts'
import { Dialogue, type DialogueOwner, type LoseReason } from './dialogue.ts'
import { HandshakeWatch } from './handshake-watch.ts'
import { PARTING_MS } from './limits.ts'
import { Line } from './line.ts'
import type { Saved } from './saved.ts'
import { Sockets, type SocketsOwner } from './sockets.ts'
import { Tab, type TabEnv } from './tab.ts'
import type { ClientEndReason } from './types.ts'

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

/** The session of a wrapped socket: drives its identity, and the dialogue over its connections. */
export class ClientSession implements SocketsOwner, DialogueOwner {
  readonly dialogue: Dialogue
  identity: ClientIdentity
  /** The server's latest welcome. */
  parameters: Welcome | undefined

  readonly sockets: Sockets

  readonly #env: Env
  readonly #init: ClientSessionInit
  readonly #answerMs: number
  readonly #lines = new Map<SocketId, Line>()
  readonly #handshakes: HandshakeWatch
  readonly #tab: Tab | undefined
  #lock: string
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
    this.#lock = saved?.lock ?? this.#newLock()
    this.parameters = saved?.welcome
    this.identity = this.#newIdentity(saved?.token)
    this.#handshakes = new HandshakeWatch(this.#answerMs)
    this.sockets = new Sockets(env, this, init.cycle)
    this.dialogue = new Dialogue(env, this, saved)
  }

  /** Begins on the application's socket, once it is sure that no other tab has this session. */
  begin(socket: ClientSocket, wire: Wire): void {
    if (this.#tab === undefined) {
      this.sockets.begin(socket, wire)
      return
    }
    void this.#tab.hold(this.#lock).then((ours) => {
      if (this.#over) return
      if (!ours) {
        this.identity = this.#newIdentity()
        this.parameters = undefined
        this.dialogue.startAfresh()
        // the other one's lock would stand in the way of our own next document
        this.#lock = this.#newLock()
        void this.#tab?.hold(this.#lock)
      }
      this.sockets.begin(socket, wire)
    })
  }

  get connected(): boolean {
    return this.identity.status === STATUS.CONNECTED
  }

  /** @throws StarError ERR_CLOSED after the end */
  connect(): void {
    if (this.#over) throw new StarError('ERR_CLOSED', 'the session is over')
    this.sockets.first?.connect()
  }

  disconnect(): void {
    if (this.#over) return
    this.dialogue.flush()
    // nobody to say it to, and no way that there will be somebody: there is none at all
    const { first } = this.sockets
    const refused = first?.socket.connected === true && first.line?.closed === true
    const nobody = this.identity.status === STATUS.OPEN || first?.active === false || refused
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
    if (this.identity.token !== undefined) this.#expect(line)
    this.#follow(this.identity.open(line.id, announced))
    return line
  }

  token(line: Line, token: unknown): void {
    if (line !== this.dialogue.conduit.current) this.#expect(line)
    this.#follow(this.identity.receive(line.id, token))
  }

  frame(line: Line, args: readonly unknown[]): void {
    this.dialogue.frame(line, args)
  }

  welcomeBack(line: Line, welcome: unknown): void {
    this.dialogue.welcomeBack(line, welcome)
  }

  volatileMessage(line: Line, payload: unknown): void {
    this.dialogue.volatileMessage(line, payload)
  }

  room(line: Line, args: readonly unknown[]): void {
    this.dialogue.room(line, args)
  }

  refused(line: Line, close: Close): void {
    const { reason, retryable, error } = close
    if (reason === 'timeout') {
      this.lose(line, reason)
      return
    }
    const outputs = this.identity.refused(line.id, close)
    this.#let(line)
    // without a session a socket is still good for everything else
    if (reason !== 'forbidden' || line.carrier !== this.sockets.first) this.sockets.leave(line.carrier)
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
    return this.dialogue.conduit.current?.carrier === carrier
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

  // What the dialogue asks and tells.

  welcomed(welcome: Welcome): void {
    this.parameters = welcome
    this.dialogue.conduit.current?.carry(this.#now, this.#times)
  }

  broken(): void {
    this.#follow(this.identity.abandon())
  }

  deadline(): number {
    return this.#handshakes.deadline
  }

  wake(now: number): void {
    const line = this.#handshakes.late(now)
    if (line !== undefined) this.lose(line, 'timeout')
  }

  /** A socket has to go: it is drained, or for a fault. */
  lose(line: Line, reason?: LoseReason): void {
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
    this.dialogue.inbound.tell(event, ...args)
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
          if (line) this.dialogue.promote(line)
          break
        case 'close':
          if (line) {
            this.#let(line)
            if (!this.#parting) this.sockets.leave(line.carrier)
            if (output.code !== undefined) this.sockets.retry(this.#now)
          }
          break
        case 'displaced':
          this.dialogue.renew('replaced')
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
    if (how === 'renewed' && !first) this.dialogue.renew()
    line.carry(now, this.#times)
    this.dialogue.attach(line, draining === undefined ? undefined : this.#lines.get(draining))
    this.sockets.carries(line.carrier, now)
    if (how === 'resumed') this.dialogue.resumed()
  }

  /** What another document of this tab needs to go on. */
  #save(): Saved | undefined {
    const { token } = this.identity
    const welcome = this.parameters
    if (token === undefined || welcome === undefined || this.#over) return undefined
    this.dialogue.flush()
    // what would still be sent or heard is not in it
    this.sockets.first?.cut()
    return { v: 1, token, lock: this.#lock, welcome, ...this.dialogue.save() }
  }

  /** Nothing is heard from a connection any more. */
  #let(line: Line): void {
    line.closed = true
    this.#handshakes.done(line)
    this.#lines.delete(line.id)
    this.dialogue.conduit.detach(line)
  }

  #expect(line: Line): void {
    this.#handshakes.expect(line, this.#now)
    this.dialogue.wakeBy(this.#handshakes.deadline)
  }

  #end(reason: ClientEndReason): void {
    this.#over = true
    const { inbound, outgoing } = this.dialogue
    const lost = inbound.hears('end') ? outgoing.unacknowledgedEvents() : []
    this.dialogue.close()
    this.sockets.noRetry()
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

  #newLock(): string {
    return createToken(this.#env.randomBytes(OWNER_BYTES))
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

  get #times(): WatchTimes {
    return { heartbeatMs: this.parameters?.heartbeatMs ?? HEARTBEAT_MS, answerMs: this.#answerMs }
  }

  get #now(): number {
    return this.#env.timers.now()
  }
}
