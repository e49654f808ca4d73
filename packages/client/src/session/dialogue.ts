import { StarError } from '@socket-star/protocol'
import type { ChannelEvent, ChannelSnapshot } from '@socket-star/protocol/channel'
import {
  Conduit,
  type ConduitOwner,
  decodePayload,
  type Encoded,
  interrupted,
  isEncoded,
  parseWelcome,
  SESSION_EVENTS,
  type Waiting,
  type Welcome,
} from '@socket-star/protocol/session'
import type { Env } from '../env.ts'
import { Alarm } from './alarm.ts'
import { Inbound, type InboundNeeds } from './inbound.ts'
import type { Line } from './line.ts'
import { Outgoing } from './outgoing.ts'
import type { Saved } from './saved.ts'
import type { RenewReason } from './types.ts'

const NEVER = Number.POSITIVE_INFINITY

/** Why a connection has to go. */
export type LoseReason = 'protocol' | 'timeout' | 'state-lost'

/** What a {@link Dialogue} needs of its session. */
export interface DialogueOwner {
  /** A connection has to go: for a fault or, without a reason, because nothing is under way on it any more. */
  lose(line: Line, reason?: LoseReason): void
  /** The parameters of the session, or of its present connection, are known. */
  welcomed(welcome: Welcome): void
  /** The server gave the session up against the rules. */
  broken(): void
  /** When {@link wake} wants to be called. */
  deadline(): number
  wake(now: number): void
}

/** What is said in a session, both ways: a Channel and its two ends in the application, over renewals and reloads. */
export class Dialogue implements ConduitOwner<Line> {
  readonly outgoing: Outgoing
  readonly inbound: Inbound
  conduit: Conduit<Line>
  readonly #env: Env
  readonly #owner: DialogueOwner
  #alarm: Alarm
  /** The server's requests that an earlier document left without an answer. */
  #interrupted: readonly number[]

  constructor(env: Env, owner: DialogueOwner, saved: Saved | undefined) {
    this.#env = env
    this.#owner = owner
    this.#alarm = new Alarm(env.timers)
    this.#interrupted = saved?.inWork ?? []
    this.conduit = this.#newConduit(saved?.channel)
    const told = {
      tell: (event: string, ...args: unknown[]) => this.inbound.tell(event, ...args),
      hears: (event: string) => this.inbound.hears(event),
    }
    this.outgoing = new Outgoing(this.conduit, told, saved)
    this.inbound = new Inbound(this.#needs)
    // an earlier document had them, and may have acted on them
    for (const delivery of this.conduit.channel.interrupted) this.conduit.channel.consume(delivery)
    this.inbound.rooms.restore(saved?.rooms ?? [])
  }

  /** @throws as {@link Outgoing.ask} */
  ask(name: string, args: readonly unknown[], timeoutMs: number, waiting: Waiting): boolean {
    // most requests have no timeout, and a look at the clock costs more than the rest of this
    if (timeoutMs === NEVER) return this.outgoing.ask(name, args, NEVER, waiting)
    const deadline = this.#now + timeoutMs
    const more = this.outgoing.ask(name, args, deadline, waiting)
    this.wakeBy(deadline)
    return more
  }

  /** Emits around the Channel. @throws StarError ERR_CLOSED, ERR_TOO_LARGE */
  volatile(message: readonly unknown[]): boolean {
    const payload = this.outgoing.encode(message)
    const line = this.conduit.current
    if (this.outgoing.waits || line === undefined || line.backedUp) return false
    return line.say(SESSION_EVENTS.volatile, [payload], true)
  }

  /** A connection carries the session from now on. */
  attach(line: Line, older: Line | undefined): void {
    this.conduit.attach(line, this.#now)
    if (older === undefined) return
    older.drain(this.#now)
    // shows at once whether it is still there; what it has under way is sent again if not
    this.conduit.channel.ping(older.id)
  }

  /** An older connection carries it again. */
  promote(line: Line): void {
    this.conduit.carry(line)
    line.carry(this.#now)
    this.conduit.channel.prefer(line.id)
    this.conduit.schedule()
  }

  /** The session goes on, on another connection. */
  resumed(): void {
    for (const payload of interrupted(this.#interrupted)) this.outgoing.say(payload)
    this.#interrupted = []
    this.inbound.rooms.resume()
    this.inbound.tell('resume')
  }

  /** A session of its own for what comes: the one before is gone or, with a reason, is not ours any more. */
  renew(reason?: RenewReason): void {
    this.outgoing.renew(this.#replace(), reason)
    if (reason !== undefined) this.inbound.rooms.forget()
  }

  /** The session of an earlier document is another tab's. */
  startAfresh(): void {
    this.inbound.rooms.forget()
    this.outgoing.startAfresh(this.#replace())
  }

  /** What another document needs to go on with what was said. */
  save() {
    const { conduit, outgoing, inbound } = this
    return {
      channel: conduit.channel.snapshot(),
      waiting: outgoing.waiting,
      lastRequest: outgoing.asking.last,
      inWork: [...this.#interrupted, ...inbound.inWork],
      rooms: inbound.rooms.positions(),
    }
  }

  /** Writes what waits for the end of this turn. */
  flush(): void {
    this.conduit.flush(this.#now)
  }

  close(): void {
    this.conduit.close()
    this.outgoing.close()
  }

  // What comes on the sockets.

  frame(line: Line, args: readonly unknown[]): void {
    this.conduit.receive(line, args, this.#now)
  }

  welcomeBack(line: Line, value: unknown): void {
    line.heard(this.#now)
    this.#read(line, () => {
      this.#adopt(parseWelcome(value))
      // an earlier document had the first one
      if (this.outgoing.waits) this.outgoing.welcome('unknown')
    })
  }

  volatileMessage(line: Line, payload: unknown): void {
    line.heard(this.#now)
    if (this.outgoing.waits) return
    this.#read(line, () => {
      if (!isEncoded(payload)) throw new StarError('ERR_BAD_FRAME')
      this.inbound.volatileMessage(payload)
    })
  }

  room(line: Line, args: readonly unknown[]): void {
    line.heard(this.#now)
    this.#read(line, () => this.inbound.rooms.item(args))
  }

  // What the conduit asks and tells.

  message(payload: Encoded, line: Line | undefined): Promise<unknown> | undefined {
    return this.#read(line, () => this.inbound.message(payload))
  }

  welcome(payload: Encoded, line: Line | undefined): void {
    this.#read(line, () => {
      const welcome = parseWelcome(decodePayload(payload))
      this.#adopt(welcome)
      this.outgoing.welcome(welcome.renewed ?? 'unknown')
    })
  }

  event(event: ChannelEvent<Encoded>): void {
    const line = 'path' in event ? this.conduit.linkOf(event.path) : this.conduit.current
    switch (event.type) {
      case 'drain':
        this.inbound.tell('drain')
        break
      case 'drained':
        if (line) this.#owner.lose(line)
        break
      case 'stale':
      case 'violation':
        if (line) this.#owner.lose(line, 'protocol')
        break
      case 'state-lost':
        // our HELLO tells the server; the next handshake brings another session
        this.flush()
        this.renew()
        if (line) this.#owner.lose(line, 'state-lost')
        break
      case 'reset':
      case 'closed':
      case 'superseded':
        this.#owner.broken()
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

  lose(line: Line, reason: 'protocol' | 'timeout'): void {
    this.#owner.lose(line, reason)
  }

  /** Wakes the session at that time at the latest. */
  wakeBy(at: number): void {
    this.#alarm.by(this.conduit, at)
  }

  deadline(): number {
    return Math.min(this.outgoing.asking.deadline, this.#owner.deadline())
  }

  wake(now: number): void {
    this.outgoing.asking.timeout(now)
    this.#owner.wake(now)
  }

  #adopt(welcome: Welcome): void {
    this.outgoing.limit(welcome.maxMessageBytes)
    this.conduit.limitFrames(welcome.maxMessageBytes)
    this.#owner.welcomed(welcome)
  }

  /** What came on a connection; when it cannot be read the connection is lost. */
  #read<T>(line: Line | undefined, read: () => T): T | undefined {
    try {
      return read()
    } catch {
      if (line !== undefined) this.#owner.lose(line, 'protocol')
      return undefined
    }
  }

  #replace(): Conduit<Line> {
    this.conduit.close()
    this.#interrupted = []
    this.#alarm = new Alarm(this.#env.timers)
    this.conduit = this.#newConduit()
    this.inbound.renew(this.#needs)
    return this.conduit
  }

  #newConduit(snapshot?: ChannelSnapshot<Encoded>): Conduit<Line> {
    const turn = {
      add: (flushable: { flush(now: number): void }) => queueMicrotask(() => flushable.flush(this.#now)),
    }
    return new Conduit(this, { alarms: this.#alarm, turn, channel: { welcome: 'expects' } }, snapshot)
  }

  get #needs(): InboundNeeds {
    const { conduit, outgoing } = this
    return { asking: outgoing.asking, say: (message) => conduit === this.conduit && outgoing.say(message) }
  }

  get #now(): number {
    return this.#env.timers.now()
  }
}
