import { isStarError, StarError } from '@socket-star/protocol'
import { type ChannelEvent, CONTROL } from '@socket-star/protocol/channel'
import {
  CLOSE_EVENT,
  type ClientDriver,
  ClientIdentity,
  DOP_EVENT,
  type Encoded,
  FRAME_EVENT,
  OPEN,
  type Payload,
  parseAside,
  parseClose,
  type SessionParameters,
  VOLATILE_EVENT,
} from '@socket-star/protocol/session'
import { blame } from '../blame.ts'
import type { Env } from '../env.ts'
import type { ClientSocket } from '../options.ts'
import type { Carrier, Heard } from './carrier.ts'
import { PARTING_MS } from './limits.ts'
import { Outgoing } from './outgoing.ts'
import type { Saved } from './saved.ts'
import { newSecret } from './secrets.ts'
import type { ClientSessionInit } from './types.ts'

/**
 * The session of a wrapped socket, over renewals and reloads: what comes on its connections, what its Channel and its
 * identity decide, is done here, on the layers below.
 */
export class ClientSession extends Outgoing implements ClientDriver<Carrier> {
  identity: ClientIdentity<Carrier>

  constructor(env: Env, socket: ClientSocket, init: ClientSessionInit) {
    super(env, socket, init)
    const saved = this.tab?.saved
    this.identity = new ClientIdentity(this, newSecret(env), newSecret(env), saved?.token)
    if (saved?.token) this.#goOn(saved as Saved)
  }

  get current(): Carrier | undefined {
    return this.conduit.current
  }

  /** What the session's connections bring. Throws `ERR_BAD_FRAME`. */
  readonly heard: Heard = {
    [DOP_EVENT]: (carrier, [token]) => {
      if (carrier !== this.current) this.expect(carrier)
      this.identity.receive(carrier, token)
    },
    [CLOSE_EVENT]: (carrier, args) => this.identity.refused(carrier, parseClose(args)),
    [FRAME_EVENT]: (carrier, args) => this.conduit.receive(carrier, args, this.now),
    [VOLATILE_EVENT]: (_, args) => {
      const message = parseAside(args)
      if (message.kind === 'room') this.news(message)
      else if (message.kind === 'event' && this.waitsFrom === undefined)
        void this.deliver(message.name, message.args)
      // the session goes on; where message 0 is yet to come, it says the same, and more
      else if (message.kind === 'welcome' && this.conduit.channel.received >= 0) {
        this.#adopt(message.parameters)
        this.waitsFrom = undefined
      }
    },
  }

  /** Begins on the application's socket, once it is sure that no other tab has this session. */
  async begin(): Promise<void> {
    if (this.tab) {
      const ours = await this.tab.hold()
      if (this.over) return
      if (!ours) {
        this.identity.token = undefined
        this.startAfresh()
      }
    }
    this.first.begin()
  }

  /** @throws StarError ERR_CLOSED after the end */
  connect(): void {
    if (this.over) throw new StarError('ERR_CLOSED')
    const { first } = this
    // who hears of a disconnection may call this before Socket.IO has decided whether it connects again (see `told`)
    if (first.active) queueMicrotask(() => first.active && first.connect())
    else first.connect()
  }

  disconnect(): void {
    this.flush()
    // nobody to say it to, and no way that there will be somebody: there is none at all
    const { first, identity } = this
    const refused = first.closed && first.socket.connected
    identity.disconnect(identity.status === OPEN || !first.active || refused)
  }

  // What the identity decides; what it says of a connection that is closed is nothing any more.

  send(carrier: Carrier, what: unknown): void {
    const { conduit } = this
    carrier.say(DOP_EVENT, what)
    // the token is shown to have the session back
    if (!carrier.closed && carrier !== conduit.current && what === this.identity.token)
      conduit.greet(carrier, this.now)
  }

  displaced(): void {
    this.renew('replaced')
    this.tell('replaced')
    this.retry()
  }

  ended(isOurs: boolean): void {
    this.over = true
    const { current } = this
    const lost = this.unacknowledged().map(({ event }) => event)
    this.conduit.close()
    this.fail('ERR_CLOSED')
    for (const user of this.first.wire.users) user.ended?.()
    // Socket.IO's server drops what comes together with a DISCONNECT: the server closes, having heard the token
    if (isOurs && current?.socket.connected) this.retrying.set(PARTING_MS, () => this.leave())
    else this.leave()
    this.tell('end', isOurs ? 'client' : 'server', lost)
  }

  /** Says what the session itself owes the server (CH-11). A server that asks for more and takes nothing of it breaks the rules. */
  owe(message: Payload): void {
    try {
      this.say(message, CONTROL)
    } catch (error) {
      this.identity.disconnect(true)
      blame(this.env, error)
    }
  }

  // What the conduit asks and tells.

  /** What came cannot be read, which is as good as a refusal; or it can, and the mistake is ours: the connection goes all the same. */
  fault(carrier: Carrier | undefined, error: unknown = new StarError('ERR_BAD_FRAME')): void {
    const known = isStarError(error) ? error : undefined
    this.identity.refused(carrier, { reason: 'protocol', retryable: true, error: known })
    blame(this.env, error)
  }

  welcome(parameters: SessionParameters): void {
    this.#adopt(parameters)
    this.begun(parameters.renewed ?? 'unknown')
  }

  event(event: ChannelEvent<Encoded>): void {
    const { type, path } = event as { type: ChannelEvent<Encoded>['type']; path?: Carrier }
    if (type === 'drain') this.tell(type)
    else if (type === 'drained') this.lose(path)
    else if (type === 'state-lost') {
      const { current } = this
      // our HELLO tells the server; the next handshake brings another session
      this.flush()
      this.renew()
      this.lose(current, type)
    } else if (type === 'superseded') this.identity.superseded()
    else this.fault(path)
  }

  /** The session of an earlier document is this one's. */
  #goOn({ welcome, rooms }: Saved): void {
    this.#adopt(welcome)
    for (const place of rooms) this.rooms.take(place)
  }

  /** The parameters of the session, or of its present connection, are known. */
  #adopt(parameters: SessionParameters): void {
    this.conduit.limitFrames(parameters.maxMessageBytes)
    this.parameters = parameters
    this.times.heartbeatMs = parameters.heartbeatMs
    this.conduit.current?.carry(this.now)
  }
}
