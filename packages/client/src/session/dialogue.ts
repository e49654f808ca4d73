import { type ChannelEvent, CONTROL } from '@socket-star/protocol/channel'
import {
  decodePayload,
  type Encoded,
  FRAME_EVENT,
  type Payload,
  parseWelcome,
  ROOM_EVENT,
  type Unacknowledged,
  VOLATILE_EVENT,
  WELCOME_EVENT,
  type Welcome,
} from '@socket-star/protocol/session'
import { blame } from '../blame.ts'
import type { Env } from '../env.ts'
import type { ClientSocket } from '../options.ts'
import type { Carrier, Heard } from './carrier.ts'
import { Outgoing } from './outgoing.ts'
import type { Said, Saved } from './saved.ts'
import type { ClientSessionInit, RenewReason } from './types.ts'

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

  /** A session of its own for what comes: the one before is gone or, with a reason, is not ours any more. */
  renew(reason?: RenewReason): void {
    const waiting = this.recall()
    // why the first of them was lost is what is told
    if (!this.leftOver) this.reason = reason
    this.leftOver = this.unacknowledged()
    const kept = new Set([...this.leftOver, ...waiting].map(({ id }) => id))
    this.#replace(waiting, !!reason)
    // the server will not answer the others any more
    this.fail('ERR_INTERRUPTED', (id) => !kept.has(id))
  }

  /** The session of an earlier document is another tab's. */
  startAfresh(): void {
    // that tab hands back what a still earlier session had lost
    this.parameters = this.leftOver = undefined
    this.#replace(this.recall(), true)
  }

  /** What another document needs to go on with what was said. */
  save(): Said {
    const { conduit, waitsFrom, leftOver, reason, asking, inWork, rooms } = this
    return {
      channel: conduit.channel.snapshot(),
      waitsFrom,
      lost: leftOver?.map(({ payload }) => payload),
      reason,
      lastRequest: asking.last,
      inWork,
      lastQuestion: rooms.lastId,
      rooms: rooms.positions(),
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

  /** `waiting`: the first of the new Channel. */
  #replace(waiting: readonly Unacknowledged[], forgetRooms: boolean): void {
    this.conduit.close()
    this.waitsFrom = 0
    const { slow, incarnation } = this.conduit.channel
    this.conduit = this.newConduit()
    // who was told to slow down waits for `drain`, whatever becomes of the session
    this.conduit.channel.slow = slow
    // the server may not know yet that the state is lost, and has to tell this life from the one before (CH-15)
    this.conduit.channel.incarnation += incarnation
    this.again(waiting)
    this.forget()
    if (forgetRooms) this.rooms = this.newFollower()
  }
}
