import { StarError } from '@socket-star/protocol'
import { type Channel, type ChannelEvent, CONTROL, type Owed } from '@socket-star/protocol/channel'
import {
  Conduit,
  type ConduitOwner,
  type Encoded,
  encodePayload,
  encodeWelcome,
  type Payload,
  SESSION_EVENTS,
  ServerIdentity,
  unacknowledgedIn,
} from '@socket-star/protocol/session'
import type { SessionSnapshot } from '../store/session-store.ts'
import { channelOf, goOn, snapshotOf } from './at-rest.ts'
import { Audience, TEXT_EVENT } from './audience.ts'
import { Commits, type CommitsOwner } from './commits.ts'
import { Debt } from './debt.ts'
import { Dialogue } from './dialogue.ts'
import { type LifeOwner, type LoseReason, SessionLife } from './life.ts'
import type { Link } from './link.ts'
import { emitOwn } from './own-event.ts'
import { SessionRooms } from './rooms/session-rooms.ts'
import type { SessionInit, SessionScope } from './scope.ts'
import { ServerSession } from './session.ts'
import type { EndReason, SessionStart } from './types.ts'
import { welcomeOf } from './welcome.ts'

/** What a star drives a session with; the application has its {@link SessionCore.session}. */
export class SessionCore implements ConduitOwner<Link>, LifeOwner, CommitsOwner {
  readonly id: string
  /** The hash of its token: where the records have it. */
  readonly hash: string
  /** The store's: what this owner writes with. */
  readonly fence: number
  readonly scope: SessionScope
  readonly session: ServerSession
  readonly identity: ServerIdentity
  readonly life: SessionLife
  readonly conduit: Conduit<Link, Channel<Encoded>>
  readonly debt: Debt
  readonly dialogue: Dialogue
  readonly audience: Audience
  /** What waits for it, as it was counted last. */
  waitingBytes = 0
  /** Undefined until it is in one. */
  rooms: SessionRooms | undefined

  readonly #start: SessionStart
  /** What the client had acknowledged when that was last looked at. */
  #acked: number
  readonly #commits: Commits | undefined
  #started = false
  #over = false

  constructor(scope: SessionScope, init: SessionInit) {
    const { alarms, environment, save, settings, turn } = scope
    const { fence, hash, id, identity, snapshot, start } = init
    const failed = (error: unknown, handler: string): void => scope.failed(this, error, handler)
    this.scope = scope
    this.audience = new Audience(failed)
    this.id = id
    this.hash = hash
    this.fence = fence
    this.#start = start
    this.session = new ServerSession(this, snapshot === undefined ? {} : JSON.parse(snapshot.data))
    this.identity = new ServerIdentity(identity, environment.now(), settings)
    this.#commits =
      save &&
      new Commits(this, {
        environment,
        turn,
        answerMs: settings.answerMs,
        save: (written) => save(this, written),
      })
    const channel = channelOf(scope, init)
    this.conduit = new Conduit(this, alarms, this.#commits ?? turn, channel)
    this.#acked = channel.acked
    this.debt = new Debt(channel, settings)
    this.life = new SessionLife(scope, this.identity, this.conduit, this)
    this.dialogue = new Dialogue(
      {
        scope,
        conduit: this.conduit,
        session: this,
        listeners: this.audience.listeners,
        checkOpen: () => this.checkOpen(),
        text: (text) => this.audience.call(TEXT_EVENT, () => this.session.onMessage?.(text)),
        asked: (question) => this.inRooms.asked(question),
        owe: (payload) => this.say(payload),
        failed,
      },
      snapshot?.lastRequest ?? 0,
    )
    if (snapshot !== undefined) goOn(this, snapshot)
  }

  // What the application asks for.

  /** @throws StarError ERR_CLOSED when the session is over */
  checkOpen(): void {
    if (this.#over) throw new StarError('ERR_CLOSED', 'the session is over')
  }

  get inRooms(): SessionRooms {
    this.rooms ??= new SessionRooms(this, this.scope.hub)
    return this.rooms
  }

  disconnect(): void {
    this.#commits?.waive()
    this.conduit.flush(this.scope.environment.now())
    const link = this.conduit.current
    // the token itself says it, to a client that is there
    if (link !== undefined) this.scope.entrance.follow(link, link.handshake.end())
    this.life.end('server')
  }

  // What the star drives it with.

  /** The handshake that made it is PRECONNECTED. */
  preconnected(link: Link): void {
    link.session = this
    this.life.preconnected(link)
  }

  /** It was restored: the application has it again, and its client is waited for. */
  restored(): void {
    this.#started = true
    this.scope.started(this, this.#start)
    this.scope.totalBacklog.count(this)
    this.conduit.schedule()
  }

  /** This process lets go of it, and its client is not told. Undefined for one that its client never confirmed. */
  release(): SessionSnapshot | undefined {
    this.conduit.channel.freeze()
    try {
      return this.#started ? this.snapshot() : undefined
    } finally {
      this.over('closed')
    }
  }

  /** Its client is asked to open another socket. */
  drain(): void {
    this.conduit.flush(this.scope.environment.now())
    const link = this.conduit.current
    if (link) this.lose(link, 'drain')
  }

  /** What came on `star-volatile`. Throws `ERR_BAD_FRAME`. */
  volatileMessage([payload]: readonly unknown[]): void {
    if (!this.#over && this.#started) this.dialogue.volatileMessage(payload)
  }

  /** What concerns this member of a room alone. */
  tellRoom(message: Payload): void {
    this.say(encodePayload(message))
  }

  /** Sends what is encoded. @throws as {@link Conduit.send} */
  send(payload: Encoded, owed?: Owed): boolean {
    const more = this.conduit.send(payload, owed)
    this.scope.totalBacklog.count(this)
    return more
  }

  /** Sends an encoded message of the star's own, past the application's backlog (CH-11). */
  say(payload: Encoded): void {
    if (this.#over) return
    try {
      this.send(payload, CONTROL)
    } catch (error) {
      this.scope.entrance.blame(error)
      // what it owes is not lost without a word: the session is, and both sides are told
      this.#giveUp('state-lost')
    }
  }

  /** More waits for all sessions together than may, and it has to go (LIM-11). */
  giveWay(): void {
    this.#giveUp('backlog')
  }

  /** What waits is not sent: its client begins anew, and learns that its state is lost. */
  #giveUp(reason: EndReason): void {
    for (let link = this.conduit.current; link !== undefined; link = this.conduit.current) {
      this.lose(link, 'state-lost')
    }
    this.life.end(reason)
  }

  /** Something of the star's own failed for this session: its client comes again, and asks again. */
  failed(error: unknown): void {
    const link = this.conduit.current
    if (!this.#over && link) this.lose(link, 'timeout', error)
  }

  // What the conduit asks and tells.

  message(payload: Encoded, link: Link | undefined): Promise<unknown> | undefined {
    try {
      const settled = this.dialogue.message(payload)
      return this.debt.isOpen ? this.debt.paid(settled) : settled
    } catch (error) {
      if (link === undefined) this.scope.entrance.blame(error)
      else this.lose(link, 'protocol', error)
      return undefined
    }
  }

  event(event: ChannelEvent<Encoded>): void {
    this.life.happened(event)
  }

  acknowledged(): void {
    const { acked } = this.conduit.channel
    if (acked === this.#acked) return
    this.#acked = acked
    this.scope.totalBacklog.count(this)
    this.debt.acknowledged()
    this.dialogue.acknowledged()
    this.rooms?.acknowledged()
  }

  /** A socket is gone, or, with a reason, has to go. */
  lose(link: Link, reason?: LoseReason, error?: unknown): void {
    this.life.lose(link, reason, error)
  }

  deadline(): number {
    return Math.min(this.life.deadline(), this.dialogue.deadline())
  }

  wake(now: number): void {
    this.dialogue.timeout(now)
    this.rooms?.lookAgain()
    this.life.expire(now)
  }

  // What its life tells.

  begun(): void {
    const { renewed } = this.#start
    const welcome = { ...welcomeOf(this.scope, this.id), ...(renewed !== undefined && { renewed }) }
    this.conduit.channel.welcome(encodePayload(encodeWelcome(welcome)))
    this.#started = true
    this.scope.started(this, this.#start)
  }

  movedOn(): void {
    this.scope.awake(this)
    const link = this.conduit.current
    const welcome = encodePayload(encodeWelcome(welcomeOf(this.scope, this.id)))
    if (link) emitOwn(link.socket, SESSION_EVENTS.volatile, [welcome])
    this.tell('resume')
  }

  rests(link: Link): void {
    if (!this.#over) this.scope.rests(this, link)
  }

  over(reason: EndReason): void {
    if (this.#over) return
    this.#over = true
    const heard = this.#started && this.audience.listeners.of('end').length > 0
    const unacknowledged = heard ? unacknowledgedIn(this.conduit.channel.unacknowledged()) : []
    const lost = unacknowledged.map(({ event }) => event)
    this.conduit.close()
    this.#commits?.close()
    this.dialogue.close()
    this.rooms?.close()
    this.scope.totalBacklog.forget(this)
    this.scope.ended(this, reason)
    if (this.#started) this.tell('end', reason, lost)
  }

  tell(event: string, ...args: unknown[]): void {
    this.audience.tell(event, ...args)
  }

  // What its commits ask and tell.

  snapshot(): SessionSnapshot {
    return snapshotOf(this)
  }

  notWritten(error: unknown): void {
    this.scope.notWritten(this, error)
    this.failed(error)
  }
}
