import {
  type ChannelEvent,
  type ChannelSnapshot,
  CONTROL,
  SessionChannel,
} from '@socket-star/protocol/channel'
import {
  type ClientIdentity,
  Conduit,
  type ConduitOwner,
  decodePayload,
  type Encoded,
  type Flushable,
  type FlushTurn,
  FRAME_EVENT,
  PAYLOAD_MEASURE,
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
import { Inbound } from './inbound.ts'
import { Outgoing } from './outgoing.ts'
import type { Saved } from './saved.ts'
import { Sockets } from './sockets.ts'
import { keepInTab, type Tab } from './tab.ts'
import { Alarm } from './timer.ts'
import type { ClientSessionInit, RenewReason } from './types.ts'

/** Of so many the lives of two documents are two that go on from one snapshot. */
const LIVES = 2 ** 32

/**
 * What is said in a session, both ways, over renewals and reloads: a Channel
 * and its two ends in the application. The layer of a {@link ClientSession}
 * above its sockets.
 */
export abstract class Dialogue extends Sockets implements ConduitOwner<Carrier>, FlushTurn {
  readonly outgoing: Outgoing
  readonly inbound: Inbound
  conduit: Conduit<Carrier, SessionChannel<Encoded>>
  /** The server's latest welcome. */
  parameters: Welcome | undefined
  protected readonly tab: Tab | undefined
  readonly #alarm: Alarm

  constructor(env: Env, socket: ClientSocket, init: ClientSessionInit) {
    super(env, socket, init)
    const tab = init.persist === 'tab' ? env.tab() : undefined
    this.tab = tab && keepInTab(tab, this)
    const saved: Partial<Saved> = this.tab?.saved ?? {}
    this.#alarm = new Alarm(env.timers)
    this.conduit = this.#newConduit(saved.channel)
    this.outgoing = new Outgoing(this, saved)
    this.inbound = new Inbound(this, saved.inWork)
    if (saved.token) this.#goOn(saved as Saved)
  }

  abstract override identity: ClientIdentity<Carrier>
  abstract override lose(
    carrier: Carrier | undefined,
    reason?: 'protocol' | 'timeout' | 'state-lost' | 'joined',
  ): void

  get current(): Carrier | undefined {
    return this.conduit.current
  }

  tell(event: string, ...args: unknown[]): boolean {
    return this.inbound.tell(event, ...args)
  }

  /** What the session's connections bring beside its handshake. Throws `ERR_BAD_FRAME`. */
  readonly heard: { [event: string]: Heard[string] } = {
    [FRAME_EVENT]: (carrier, args, now) => this.conduit.receive(carrier, args, now),
    [WELCOME_EVENT]: (_, [value]) => {
      const welcome = parseWelcome(value)
      // message 0 says the same, and more: it comes yet
      if (this.conduit.channel.received < 0) return
      this.#adopt(welcome)
      this.outgoing.waitsFrom = undefined
    },
    [VOLATILE_EVENT]: (_, [payload]) => {
      if (!this.outgoing.waits) this.inbound.volatileMessage(payload as Encoded)
    },
    [ROOM_EVENT]: (_, args) => this.inbound.roomItem(args),
  }

  /** The session goes on, on another connection. */
  resumed(): void {
    this.inbound.rooms.resume()
    this.tell('resume')
  }

  /** Says what the session itself owes the server (CH-11). A server that asks for more and takes nothing of it breaks the rules. */
  owe(message: Payload): void {
    try {
      this.outgoing.say(message, CONTROL)
    } catch (error) {
      this.identity.disconnect(true)
      blame(this.env, error)
    }
  }

  /** A session of its own for what comes: the one before is gone or, with a reason, is not ours any more. */
  renew(reason?: RenewReason): void {
    const waiting = this.outgoing.recall()
    this.outgoing.renew(waiting, reason)
    this.#replace(waiting, !!reason)
  }

  /** The session of an earlier document is another tab's. */
  startAfresh(): void {
    // that tab hands back what a still earlier session had lost
    this.parameters = this.outgoing.lost = undefined
    this.#replace(this.outgoing.recall(), true)
  }

  /** What another document needs to go on with what was said. */
  save() {
    const { conduit, outgoing, inbound } = this
    return {
      channel: conduit.channel.snapshot(),
      waitsFrom: outgoing.waitsFrom,
      lost: outgoing.lost?.map(({ payload }) => payload),
      reason: outgoing.reason,
      lastRequest: outgoing.asking.last,
      inWork: inbound.inWork,
      lastQuestion: inbound.rooms.lastId,
      rooms: inbound.rooms.positions(),
    }
  }

  /** Writes what waits for the end of this turn. */
  flush(): void {
    this.conduit.flush(this.now)
  }

  // What the conduit asks and tells.

  message(payload: Encoded, carrier: Carrier | undefined): Promise<unknown> | undefined {
    // without a function of its own: this is done for each message
    try {
      return this.inbound.message(payload)
    } catch (error) {
      this.fault(carrier, error)
      return undefined
    }
  }

  /** What came cannot be read; or it can, and the mistake is ours: the connection goes all the same. */
  fault(carrier: Carrier | undefined, error: unknown): void {
    this.lose(carrier, 'protocol')
    blame(this.env, error)
  }

  /** Throws `ERR_BAD_FRAME`. */
  welcome(payload: Encoded): void {
    const welcome = parseWelcome(decodePayload(payload))
    this.#adopt(welcome)
    this.outgoing.welcome(welcome.renewed ?? 'unknown')
  }

  event(event: ChannelEvent<Encoded>): void {
    const carrier = 'path' in event ? (event.path as Carrier) : this.conduit.current
    if (event.type === 'drain') this.tell('drain')
    else if (event.type === 'drained') this.lose(carrier)
    else if (event.type === 'state-lost') {
      // our HELLO tells the server; the next handshake brings another session
      this.flush()
      this.renew()
      this.lose(carrier, 'state-lost')
    } else if (event.type === 'superseded') this.identity.superseded()
    // every other one is against the rules: of a connection, or of the session
    else if (!('path' in event)) this.identity.disconnect(true)
    else this.lose(carrier, 'protocol')
  }

  acknowledged(): void {
    this.outgoing.acknowledged()
  }

  add(flushable: Flushable): void {
    queueMicrotask(() => flushable.flush(this.now))
  }

  /** Wakes the session at that time at the latest. */
  wakeBy(at: number): void {
    this.#alarm.by(this.conduit, at)
  }

  deadline(): number {
    return this.outgoing.asking.deadline
  }

  wake(now: number): void {
    this.outgoing.asking.timeout(now)
  }

  /** The session of an earlier document is this one's. */
  #goOn({ welcome, lastQuestion, rooms }: Saved): void {
    const { channel } = this.conduit
    this.#adopt(welcome)
    // that document had them, and may have acted on them
    for (const delivery of channel.interrupted) channel.consume(delivery)
    this.inbound.rooms.lastId = lastQuestion
    for (const [room, position] of rooms) this.inbound.rooms.control({ kind: 'joined', room, ...position })
  }

  /** The parameters of the session, or of its present connection, are known. */
  #adopt(welcome: Welcome): void {
    this.outgoing.maxMessageBytes = welcome.maxMessageBytes
    this.conduit.limitFrames(welcome.maxMessageBytes)
    this.parameters = welcome
    this.times.heartbeatMs = welcome.heartbeatMs
    this.conduit.current?.carry(this.now)
  }

  /** `waiting`: the first of the new Channel. */
  #replace(waiting: readonly Unacknowledged[], forgetRooms: boolean): void {
    this.conduit.close()
    this.outgoing.waitsFrom = 0
    const { slow, incarnation } = this.conduit.channel
    this.conduit = this.#newConduit()
    // who was told to slow down waits for `drain`, whatever becomes of the session
    this.conduit.channel.slow = slow
    // the server may not know yet that the state is lost, and has to tell this life from the one before (CH-15)
    this.conduit.channel.incarnation += incarnation
    this.outgoing.again(waiting)
    this.inbound.renew(forgetRooms)
  }

  #newConduit(snapshot?: ChannelSnapshot<Encoded>): Conduit<Carrier, SessionChannel<Encoded>> {
    const channel = new SessionChannel(PAYLOAD_MEASURE)
    if (snapshot) {
      channel.restore(snapshot)
      // a copy of the tab goes on from the same snapshot, and must not be the same life (CH-15)
      channel.incarnation += Math.floor(this.env.random() * LIVES)
    }
    return new Conduit<Carrier, SessionChannel<Encoded>>(this, this.#alarm, this, channel)
  }
}
