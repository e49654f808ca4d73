import { StarError } from '@socket-star/protocol'
import {
  CLOSE_EVENT,
  type ClientDriver,
  ClientIdentity,
  DOP_EVENT,
  OPEN,
  parseClose,
  type Status,
} from '@socket-star/protocol/session'
import type { Env } from '../env.ts'
import type { ClientSocket } from '../options.ts'
import type { Carrier } from './carrier.ts'
import { Dialogue } from './dialogue.ts'
import { PARTING_MS } from './limits.ts'
import { newSecret } from './secrets.ts'
import type { ClientSessionInit } from './types.ts'

/** The session of a wrapped socket: what its identity decides is done here, on the layers below. */
export class ClientSession extends Dialogue implements ClientDriver<Carrier> {
  identity: ClientIdentity<Carrier>

  constructor(env: Env, socket: ClientSocket, init: ClientSessionInit) {
    super(env, socket, init)
    this.identity = this.#newIdentity(this.tab?.saved?.token)
    this.heard[DOP_EVENT] = (carrier, [token]) => {
      if (carrier !== this.current) this.expect(carrier)
      this.identity.receive(carrier, token)
    }
    this.heard[CLOSE_EVENT] = (carrier, [value]) => {
      const close = parseClose(value)
      if (close.reason === 'timeout') this.lose(carrier, close.reason)
      else this.identity.refused(carrier, close)
    }
  }

  /** Begins on the application's socket, once it is sure that no other tab has this session. */
  async begin(): Promise<void> {
    if (this.tab) {
      const ours = await this.tab.hold()
      if (this.over) return
      if (ours) this.interrupt()
      else {
        this.identity = this.#newIdentity()
        this.startAfresh()
      }
    }
    this.first.begin()
  }

  /** @throws StarError ERR_CLOSED after the end */
  connect(): void {
    if (this.over) throw new StarError('ERR_CLOSED')
    this.first.connect()
  }

  disconnect(): void {
    this.flush()
    // nobody to say it to, and no way that there will be somebody: there is none at all
    const { first } = this
    const refused = first.closed && first.socket.connected
    const nobody = this.identity.status === OPEN || !first.active || refused
    this.identity.disconnect(nobody)
  }

  // What the identity decides; what it says of a connection that is closed is nothing any more.

  send(carrier: Carrier, event: string, what: unknown): void {
    const { conduit } = this
    carrier.say(event, what)
    // the token is shown to have the session back
    if (!carrier.closed && carrier !== conduit.current && what === this.identity.token)
      conduit.greet(carrier, this.now)
  }

  status(status: Status): void {
    this.tell('status', status)
  }

  displaced(): void {
    this.renew('replaced')
    this.tell('replaced')
    this.retry()
  }

  ended(by: 'local' | 'remote'): void {
    this.over = true
    const { current } = this
    const lost = this.unacknowledged()
    this.conduit.close()
    this.fail('ERR_CLOSED')
    // Socket.IO's server drops what comes together with a DISCONNECT: the server closes, having heard the token
    if (by === 'local' && current?.socket.connected) this.retrying.set(PARTING_MS, () => this.leave())
    else this.leave()
    this.tell(
      'end',
      by === 'local' ? 'client' : 'server',
      lost.map(({ event }) => event),
    )
  }

  /** Another owner (HS-12). `token`: of the session to come back to. */
  #newIdentity(token?: string): ClientIdentity<Carrier> {
    return new ClientIdentity(this, () => newSecret(this.env), token)
  }
}
