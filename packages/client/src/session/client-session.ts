import { StarError } from '@socket-star/protocol'
import {
  ANNOUNCE_EVENT,
  type Announcement,
  CLOSE_EVENT,
  type ClientDriver,
  ClientIdentity,
  type Close,
  type CloseReason,
  type Connected,
  DOP_EVENT,
  givenUp,
  OPEN,
  parseClose,
  type Status,
} from '@socket-star/protocol/session'
import type { Env } from '../env.ts'
import type { ClientSocket } from '../options.ts'
import type { Carrier } from './carrier.ts'
import { Dialogue } from './dialogue.ts'
import { HandshakeTime } from './handshake-time.ts'
import { PARTING_MS } from './limits.ts'
import { newSecret } from './secrets.ts'
import { Timer } from './timer.ts'
import type { ClientSessionInit } from './types.ts'

/** The session of a wrapped socket: what its identity decides is done here, on the layers below. */
export class ClientSession extends Dialogue implements ClientDriver<Carrier> {
  identity: ClientIdentity<Carrier>
  readonly #handshake: HandshakeTime
  /** A server that was told of the end has a while to close the socket. */
  readonly #parting: Timer

  constructor(env: Env, socket: ClientSocket, init: ClientSessionInit) {
    super(env, socket, init)
    this.#handshake = new HandshakeTime(env.timers)
    this.#parting = new Timer(env.wakefulTimers)
    this.identity = this.#newIdentity(this.tab?.saved?.token)
    this.heard[DOP_EVENT] = (carrier, [token]) => {
      if (carrier !== this.current) this.#expect(carrier)
      this.identity.receive(carrier, token)
    }
    this.heard[CLOSE_EVENT] = (carrier, [value]) => {
      const close = parseClose(value)
      if (close.reason === 'timeout') this.lose(carrier, close.reason)
      else this.identity.refused(carrier, close)
    }
  }

  /** Begins on the application's socket, once it is sure that no other tab has this session. */
  begin(): void {
    const { tab } = this
    if (!tab) this.first.begin()
    else
      void tab.hold().then((ours) => {
        if (this.over) return
        if (ours) this.inbound.interrupt()
        else {
          this.identity = this.#newIdentity()
          this.startAfresh()
        }
        this.first.begin()
      })
  }

  /** @throws StarError ERR_CLOSED after the end */
  connect(): void {
    if (this.over) throw new StarError('ERR_CLOSED')
    this.first.connect()
  }

  disconnect(): void {
    if (this.over) return
    this.flush()
    // nobody to say it to, and no way that there will be somebody: there is none at all
    const { first } = this
    const refused = first.opened && first.closed && first.socket.connected
    const nobody = this.identity.status === OPEN || !first.active || refused
    this.identity.disconnect(nobody)
  }

  /** A socket is connected. `announced`: the server knows it from `auth`. */
  opened(carrier: Carrier, announced: boolean): void {
    if (this.givesWay(carrier)) return
    if (carrier === this.first) this.retrying.stop()
    carrier.opened = true
    carrier.closed = false
    // a server that gave us a session answers; another one may not know what we speak of
    if (this.identity.token) this.#expect(carrier)
    this.identity.open(carrier, announced)
  }

  /** A connection is gone, or, with a reason, has to go for a fault. */
  lose(carrier: Carrier | undefined, reason?: 'protocol' | 'timeout' | 'state-lost' | 'joined'): void {
    if (!carrier || carrier.closed) return
    if (reason === 'protocol') {
      this.identity.refused(carrier, givenUp(reason, 'ERR_BAD_FRAME'))
      return
    }
    if (reason === 'timeout') carrier.say(CLOSE_EVENT, { reason, retryable: true })
    this.#let(carrier)
    this.lost(carrier)
    this.identity.closed(carrier)
    if (!reason || carrier !== this.first) return
    carrier.cut()
    // when the server was faster, and closed it, Socket.IO does not connect again
    if (carrier.reconnects) this.retry()
  }

  /** Nothing is left of it. */
  override leave(): void {
    this.#parting.stop()
    this.tab?.close()
    this.init.moved()
    super.leave()
  }

  // What the identity decides; what it says of a connection that is closed is nothing any more.

  send(carrier: Carrier, token: string): void {
    const { conduit } = this
    carrier.say(DOP_EVENT, token)
    // shown to have the session back
    if (!carrier.closed && carrier !== conduit.current && token === this.identity.token)
      conduit.greet(carrier, this.now)
  }

  announce(carrier: Carrier, announcement: Announcement): void {
    carrier.say(ANNOUNCE_EVENT, announcement)
  }

  status(status: Status): void {
    this.tell('status', status)
  }

  connected(carrier: Carrier, how: Connected): void {
    if (carrier.closed) return
    this.#handshake.done(carrier)
    if (how === 'renewed') this.renew()
    // the server took the first connection for left: both go on with another one
    if (this.givesWay(carrier)) {
      this.lose(this.first, 'joined')
      return
    }
    this.conduit.attach(carrier, this.now)
    this.carries(carrier)
    if (how === 'resumed') this.resumed()
  }

  close(carrier: Carrier, reason: CloseReason): void {
    if (carrier.closed) return
    this.#let(carrier)
    // without a session a socket is still good for everything else; at the end all of them go at once
    if (!this.over && (reason !== 'forbidden' || carrier !== this.first)) this.part(carrier)
  }

  displaced(): void {
    this.renew('replaced')
    this.tell('replaced')
    this.retry()
  }

  refused(close: Close, kept: boolean): void {
    // the first one has to come again, also while an older one carries the session
    if (kept ? !this.first.active : close.retryable) this.retry()
    if (!kept) this.tell('refused', close)
  }

  /** Nothing is heard from a connection any more. */
  #let(carrier: Carrier): void {
    carrier.closed = true
    this.#handshake.done(carrier)
    this.conduit.detach(carrier, this.now)
  }

  /** The server is to say its part. */
  #expect(carrier: Carrier): void {
    this.#handshake.expect(carrier, this.answerMs, () => this.lose(carrier, 'timeout'))
  }

  ended(by: 'local' | 'remote'): void {
    this.over = true
    const { current } = this
    const lost = this.unacknowledged()
    this.conduit.close()
    this.fail('ERR_CLOSED')
    this.retrying.stop()
    // Socket.IO's server drops what comes together with a DISCONNECT: the server closes, having heard the token
    if (by === 'local' && current?.socket.connected) this.#parting.set(PARTING_MS, () => this.leave())
    else this.leave()
    this.tell(
      'end',
      by === 'local' ? 'client' : 'server',
      lost.map(({ event }) => event),
    )
  }

  /** Another owner (HS-12). `token`: of the session to come back to. */
  #newIdentity(token?: string): ClientIdentity<Carrier> {
    const { env } = this
    return new ClientIdentity(this, () => newSecret(env), token)
  }
}
