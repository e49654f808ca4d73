import { type ChannelEvent, CONTROL } from '@socket-star/protocol/channel'
import {
  decodePayload,
  type Encoded,
  FRAME_EVENT,
  type Payload,
  parseWelcome,
  ROOM_EVENT,
  VOLATILE_EVENT,
  WELCOME_EVENT,
  type Welcome,
} from '@socket-star/protocol/session'
import { blame } from '../blame.ts'
import type { Env } from '../env.ts'
import type { ClientSocket } from '../options.ts'
import type { Carrier, Heard } from './carrier.ts'
import { Outgoing } from './outgoing.ts'
import type { Saved } from './saved.ts'
import type { ClientSessionInit } from './types.ts'

/**
 * What is said in a session, both ways, over renewals and reloads: a Channel
 * and its two ends in the application. The layer of a session
 * above what it emits.
 */
export abstract class Dialogue extends Outgoing {
  constructor(env: Env, socket: ClientSocket, init: ClientSessionInit) {
    super(env, socket, init)
    const saved = this.tab?.saved
    if (saved?.token) this.#goOn(saved as Saved)
  }

  get current(): Carrier | undefined {
    return this.conduit.current
  }

  /** What the session's connections bring beside its handshake. Throws `ERR_BAD_FRAME`. */
  readonly heard: { [event: string]: Heard[string] } = {
    [FRAME_EVENT]: (carrier, args, now) => this.conduit.receive(carrier, args, now),
    [WELCOME_EVENT]: (_, [value]) => {
      const welcome = parseWelcome(value)
      // message 0 says the same, and more: it comes yet
      if (this.conduit.channel.received < 0) return
      this.#adopt(welcome)
      this.waitsFrom = undefined
    },
    [VOLATILE_EVENT]: (_, [payload]) => {
      if (this.waitsFrom === undefined) this.volatileMessage(payload as Encoded)
    },
    [ROOM_EVENT]: (_, args) => this.roomItem(args),
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

  /** What came cannot be read; or it can, and the mistake is ours: the connection goes all the same. */
  fault(carrier: Carrier | undefined, error: unknown): void {
    this.lose(carrier, 'protocol')
    blame(this.env, error)
  }

  /** Throws `ERR_BAD_FRAME`. */
  welcome(payload: Encoded): void {
    const welcome = parseWelcome(decodePayload(payload))
    this.#adopt(welcome)
    this.begun(welcome.renewed ?? 'unknown')
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
    // every other one is against the rules: of a connection, or of the session
    else if (path) this.lose(path, 'protocol')
    else this.identity.disconnect(true)
  }

  /** The session of an earlier document is this one's. */
  #goOn({ welcome, inWork, lastQuestion, rooms }: Saved): void {
    this.#adopt(welcome)
    this.restore(inWork)
    this.rooms.lastId = lastQuestion
    for (const [room, position] of rooms) this.rooms.control({ kind: 'joined', room, ...position })
  }

  /** The parameters of the session, or of its present connection, are known. */
  #adopt(welcome: Welcome): void {
    this.conduit.limitFrames(welcome.maxMessageBytes)
    this.parameters = welcome
    this.times.heartbeatMs = welcome.heartbeatMs
    this.conduit.current?.carry(this.now)
  }
}
