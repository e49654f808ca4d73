import { type ErrorCode, StarError } from '@socket-star/protocol'
import {
  type ChannelEvent,
  type ChannelSnapshot,
  NEVER,
  type Owed,
  SessionChannel,
} from '@socket-star/protocol/channel'
import {
  Asking,
  type ClientIdentity,
  Conduit,
  type ConduitOwner,
  DEFAULT_MESSAGE_BYTES,
  type Encoded,
  encodePayload,
  eventNameOf,
  type Flushable,
  Flushes,
  type FlushTurn,
  PAYLOAD_MEASURE,
  type Payload,
  RoomFollower,
  type SessionParameters,
  type Unacknowledged,
  unacknowledgedIn,
  VOLATILE_EVENT,
  type Waiting,
  wireBytes,
} from '@socket-star/protocol/session'
import type { Env } from '../env.ts'
import type { ClientSocket } from '../options.ts'
import type { Carrier } from './carrier.ts'
import { LIVES } from './limits.ts'
import type { Said, Saved } from './saved.ts'
import { Sockets } from './sockets.ts'
import { keepInTab, type Tab } from './tab.ts'
import { Alarm } from './timer.ts'
import type { ClientSessionInit, Renewal, RenewReason } from './types.ts'

const utf8Bytes = (text: string): number => new Blob([text]).size

/** What the application emits, from the call to the Channel, across renewals: the layer of a session above its sockets. */
export abstract class Outgoing extends Sockets implements ConduitOwner<Carrier>, FlushTurn {
  conduit: Conduit<Carrier, SessionChannel<Encoded>>
  readonly asking: Asking
  /** The server's latest welcome. */
  parameters: SessionParameters | undefined
  /**
   * What the Channel accepted after this message waits there for a welcome, and for nothing else of this session:
   * before one nobody knows how large a message may be (SES-15). Undefined once it has come.
   */
  protected waitsFrom: number | undefined
  /** Of a session that is gone: handed back when the next one's welcome has come. */
  #leftOver: Unacknowledged[] | undefined
  /** Why it is gone, unless the server says so. */
  #reason: RenewReason | undefined
  protected readonly tab: Tab | undefined
  readonly #alarm: Alarm
  readonly #flushes = new Flushes()

  constructor(env: Env, socket: ClientSocket, init: ClientSessionInit) {
    super(env, socket, init)
    const tab = init.persist === 'tab' ? env.tab() : undefined
    this.tab = tab && keepInTab(tab, this)
    const { channel, lastRequest, waitsFrom, lost, reason }: Partial<Saved> = this.tab?.saved ?? {}
    this.#alarm = new Alarm(env.timers)
    this.conduit = this.#newConduit(channel)
    this.asking = new Asking(this, lastRequest)
    this.waitsFrom = waitsFrom ?? this.conduit.channel.accepted
    this.#leftOver = lost && unacknowledgedIn(lost)
    this.#reason = reason
  }

  abstract override identity: ClientIdentity<Carrier>
  abstract event(event: ChannelEvent<Encoded>): void

  /** @throws StarError ERR_CLOSED, ERR_TOO_LARGE, ERR_BACKLOG */
  say(message: Payload, owed?: Owed): boolean {
    return this.conduit.send(this.#encode(message), owed)
  }

  /** @throws as {@link say}, ERR_QUOTA, and ERR_BAD_REQUEST for what names no event */
  ask([event, ...args]: readonly unknown[], timeoutMs: number, waiting: Waiting): boolean {
    // most requests have no timeout, and a look at the clock costs more than the rest of this
    const deadline = timeoutMs === NEVER ? NEVER : this.now + timeoutMs
    const more = this.asking.ask(eventNameOf(event), args, deadline, waiting)
    this.#alarm.by(this.conduit, deadline)
    return more
  }

  /** Emits around the Channel. @throws StarError ERR_CLOSED, ERR_TOO_LARGE */
  volatile(message: Payload): boolean {
    const payload = this.#encode(message)
    const { current } = this.conduit
    if (this.waitsFrom !== undefined || !current || current.backedUp) return false
    return current.say(VOLATILE_EVENT, payload, true)
  }

  /** Resolves when the server has received everything so far. */
  async flushed(): Promise<void> {
    const { accepted, bufferedMessages } = this.conduit.channel
    // what is about to be handed back was not received
    if (this.#leftOver?.length) throw new StarError('ERR_INTERRUPTED')
    if (!bufferedMessages) return
    if (this.over) throw new StarError('ERR_CLOSED')
    await this.#flushes.wait(accepted)
  }

  /** The application's own part of what is not known to have been received. */
  unacknowledged(): Unacknowledged[] {
    return [...(this.#leftOver ?? []), ...unacknowledgedIn(this.conduit.channel.unacknowledged())]
  }

  /** Writes what waits for the end of this turn. */
  flush(): void {
    this.conduit.flush(this.now)
  }

  /** A session of its own for what comes: the one before is gone or, with a reason, is not ours any more. */
  renew(reason?: RenewReason): void {
    const waiting = this.#recall()
    // why the first of them was lost is what is told
    if (!this.#leftOver) this.#reason = reason
    this.#leftOver = this.unacknowledged()
    const kept = new Set([...this.#leftOver, ...waiting].map(({ id }) => id))
    this.conduit.close()
    this.waitsFrom = 0
    const { slow, incarnation } = this.conduit.channel
    this.conduit = this.#newConduit()
    // requests that wait have their time, also while nothing is said
    this.conduit.schedule()
    // who was told to slow down waits for `drain`, whatever becomes of the session
    this.conduit.channel.slow = slow
    // the server may not know yet that the state is lost, and has to tell this life from the one before (CH-15)
    this.conduit.channel.incarnation += incarnation
    // those who are told of anything from here on, and flush, wait for this one
    this.#flushes.fail('ERR_INTERRUPTED')
    this.#again(waiting)
    this.forget()
    if (reason) this.rooms = new RoomFollower(this)
    // the server will not answer the others any more
    this.asking.fail('ERR_INTERRUPTED', (id) => !kept.has(id))
  }

  /** The session of an earlier document is another tab's. */
  startAfresh(): void {
    this.renew('replaced')
    // that tab hands back what it has, and what a still earlier session had lost
    this.parameters = this.#leftOver = undefined
  }

  /** What another document needs to go on with what was said. */
  save(): Said {
    const { conduit, waitsFrom, asking, rooms } = this
    return {
      channel: conduit.channel.snapshot(),
      waitsFrom,
      lost: this.#leftOver?.map(({ payload }) => payload),
      reason: this.#reason,
      lastRequest: asking.last,
      rooms: rooms.places(),
    }
  }

  // What the conduit asks and tells.

  acknowledged(): void {
    this.#flushes.acknowledged(this.conduit.channel.acked)
  }

  add(flushable: Flushable): void {
    queueMicrotask(() => flushable.flush(this.now))
  }

  deadline(): number {
    return this.asking.deadline
  }

  wake(now: number): void {
    this.asking.timeout(now)
  }

  /** Who waits for the server waits in vain. */
  protected fail(code: ErrorCode): void {
    this.asking.fail(code)
    this.#flushes.fail(code)
  }

  /** Takes what waits for a welcome back from the Channel. */
  #recall(): Unacknowledged[] {
    return unacknowledgedIn(this.conduit.channel.recall(this.waitsFrom ?? NEVER))
  }

  /**
   * Sends what was encoded for another session, or before this one's limits were known; false when some of it cannot be
   * sent.
   */
  #again(messages: readonly Unacknowledged[]): boolean {
    let all = true
    for (const { payload, event, id } of messages) {
      try {
        this.conduit.send(this.#fitting(payload))
      } catch (error) {
        all = false
        this.asking.settle({ id, error: error as Error })
        this.tell('undelivered', error, event)
      }
    }
    return all
  }

  /** The welcome came: the messages of the session before are handed back, then everything that waited is sent. */
  protected begun(reason: RenewReason): void {
    const lost = this.#leftOver
    if (lost) {
      const renewal: Renewal = {
        reason: this.#reason ?? reason,
        unacknowledged: lost.map(({ event }) => event),
        // before what waits
        resend: () => void this.#again([...lost.splice(0), ...this.#recall()]),
        drop: () => {
          for (const { id } of lost.splice(0))
            this.asking.settle({ id, error: new StarError('ERR_INTERRUPTED') })
        },
      }
      if (!this.tell('renew', renewal)) renewal.drop()
    }
    const waiting = this.#recall()
    this.#reason = this.#leftOver = this.waitsFrom = undefined
    // whoever waits until all of it was received would wait for ever
    if (!this.#again(waiting)) this.#flushes.fail('ERR_INTERRUPTED')
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

  /** @throws StarError ERR_CLOSED, ERR_TOO_LARGE */
  #encode(message: Payload): Encoded {
    if (this.over) throw new StarError('ERR_CLOSED')
    return this.#fitting(encodePayload(message))
  }

  #fitting(payload: Encoded): Encoded {
    const most = this.parameters?.maxMessageBytes ?? DEFAULT_MESSAGE_BYTES
    if (wireBytes(payload, most, utf8Bytes) <= most) return payload
    throw new StarError('ERR_TOO_LARGE', `more than ${most} bytes`)
  }
}
