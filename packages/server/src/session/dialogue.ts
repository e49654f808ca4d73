import { StarError } from '@socket-star/protocol'
import type { Owed } from '@socket-star/protocol/channel'
import {
  Asking,
  type Conduit,
  decodePayload,
  type Encoded,
  encodePayload,
  eventNameOf,
  Flushes,
  Incoming,
  type Listener,
  type Listeners,
  type Payload,
  parseMessage,
  type RoomQuestion,
  SESSION_EVENTS,
  type TimedEmitter,
  type Waiting,
  waitIn,
  waitWith,
} from '@socket-star/protocol/session'
import { callGuarded } from '../call-guarded.ts'
import { TEXT_EVENT } from './audience.ts'
import { encodeWithin, withoutCallback } from './encoding.ts'
import type { Link } from './link.ts'
import { emitOwn } from './own-event.ts'
import type { SessionScope } from './scope.ts'

type Callback = (...args: unknown[]) => unknown

const NEVER = Number.POSITIVE_INFINITY

export interface DialogueNeeds {
  readonly scope: SessionScope
  readonly conduit: Conduit<Link>
  readonly session: { send(payload: Encoded, owed?: Owed): boolean }
  readonly listeners: Listeners
  /** @throws StarError ERR_CLOSED when the session is over */
  checkOpen(): void
  /** Called with each text of the client's `send`. */
  text(text: string): void
  /** The client asks what it missed in a room. */
  asked(question: RoomQuestion): void
  /** Sends what the session itself owes. Never throws. */
  owe(payload: Encoded): void
  /** A function of the application failed. */
  failed(error: unknown, handler: string): void
}

/** What the client asks. */
class Requests extends Incoming {
  readonly #dialogue: Dialogue
  readonly #needs: DialogueNeeds

  constructor(dialogue: Dialogue, needs: DialogueNeeds) {
    super()
    this.#dialogue = dialogue
    this.#needs = needs
  }

  protected listenersOf(event: string): readonly Listener[] {
    return this.#needs.listeners.of(event)
  }

  say(message: Payload, owed: Owed): void {
    this.#dialogue.say(message, owed)
  }

  owe(message: Payload): void {
    this.#needs.owe(encodePayload(message))
  }

  protected failed(error: unknown, event: string): void {
    this.#needs.failed(error, event)
  }
}

/** What a session and its client say to each other: events, requests, responses. */
export class Dialogue {
  readonly #needs: DialogueNeeds
  readonly #lastRequest: number
  #incoming: Requests | undefined
  #asking: Asking | undefined
  #flushes: Flushes | undefined
  #closed = false

  /** `lastRequest`: the last id of a request of an earlier life. */
  constructor(needs: DialogueNeeds, lastRequest: number) {
    this.#needs = needs
    this.#lastRequest = lastRequest
  }

  emit(event: string, args: readonly unknown[]): boolean {
    const last = args.at(-1)
    if (typeof last !== 'function') return this.say([eventNameOf(event), ...args])
    return this.#ask(event, args.slice(0, -1), NEVER, waitWith(this.#guarded(event, last as Callback)))
  }

  emitWithAck(event: string, args: readonly unknown[], deadline = NEVER): Promise<never> {
    return new Promise((resolve, reject) => {
      this.#ask(event, args, deadline, waitIn(resolve, reject))
    })
  }

  /** @throws StarError ERR_BAD_REQUEST for what is no number */
  timed(ms: number): TimedEmitter<Record<string, Callback>> {
    if (typeof ms !== 'number' || Number.isNaN(ms)) {
      throw new StarError('ERR_BAD_REQUEST', `timeout() takes a number of milliseconds, not ${String(ms)}`)
    }
    const deadline = (): number => this.#needs.scope.environment.now() + ms
    return {
      emit: (event: string, ...args: unknown[]) => {
        const last = args.at(-1)
        if (typeof last !== 'function') return this.emit(event, args)
        return this.#ask(event, args.slice(0, -1), deadline(), this.#guarded(event, last as Callback))
      },
      emitWithAck: (event: string, ...args: unknown[]) => this.emitWithAck(event, args, deadline()),
    }
  }

  /** Around the Channel, now or never; false when it is never. */
  emitVolatile(link: Link | undefined, event: string, args: readonly unknown[]): boolean {
    const payload = this.#encode(withoutCallback([event, ...args]))
    if (link === undefined || link.backedUp) return false
    emitOwn(link.socket, SESSION_EVENTS.volatile, [payload], {
      volatile: true,
      binary: typeof payload !== 'string',
    })
    return true
  }

  /** Sends a message of the session. @throws StarError as {@link Session.emit} */
  say(message: Payload, owed?: Owed): boolean {
    return this.#needs.session.send(this.#encode(message), owed)
  }

  /** A message of the session; the promise settles once it is consumed. @throws StarError ERR_BAD_FRAME */
  message(payload: Encoded): Promise<unknown> | undefined {
    const message = parseMessage(decodePayload(payload))
    switch (message.kind) {
      case 'event':
        return this.#event(message.name, message.args)
      case 'request':
        return this.#receiver.request(message)
      case 'response':
        this.#asking?.settle(message)
        return undefined
      case 'room':
        // it is kept until it is answered
        if (message.id === 0 || message.bodies.length > 0)
          throw new StarError('ERR_BAD_FRAME', 'a question has an id, and no bodies')
        this.#needs.asked(message)
        return undefined
      default:
        throw new StarError('ERR_BAD_FRAME', `a client does not say ${message.kind}`)
    }
  }

  /** What came on `star-volatile`. @throws StarError ERR_BAD_FRAME */
  volatileMessage(payload: unknown): void {
    const message = parseMessage(decodePayload(payload as Encoded))
    if (message.kind === 'event') void this.#event(message.name, message.args)
  }

  /** Resolves when the client has everything that was said so far. */
  flush(): Promise<void> {
    const { conduit, checkOpen } = this.#needs
    const { acked, accepted } = conduit.channel
    if (acked >= accepted) return Promise.resolve()
    try {
      checkOpen()
    } catch (error) {
      return Promise.reject(error)
    }
    this.#flushes ??= new Flushes()
    return this.#flushes.wait(accepted)
  }

  /** The client has acknowledged more. */
  acknowledged(): void {
    this.#flushes?.acknowledged(this.#needs.conduit.channel.acked)
  }

  /** The last id of a request of ours. */
  get lastRequest(): number {
    return this.#asking?.last ?? this.#lastRequest
  }

  /** The requests of the client that are in work. */
  get inWork(): number[] {
    return this.#incoming?.inWork ?? []
  }

  deadline(): number {
    return this.#asking?.deadline ?? NEVER
  }

  timeout(now: number): void {
    this.#asking?.timeout(now)
  }

  close(): void {
    this.#closed = true
    this.#asking?.fail('ERR_CLOSED')
    this.#flushes?.fail('ERR_CLOSED')
  }

  #event(name: string, args: readonly unknown[]): Promise<unknown> | undefined {
    if (name === TEXT_EVENT && typeof args[0] === 'string') this.#needs.text(args[0])
    return this.#receiver.call(name, args)
  }

  get #receiver(): Requests {
    this.#incoming ??= new Requests(this, this.#needs)
    return this.#incoming
  }

  #ask(event: string, args: readonly unknown[], deadline: number, waiting: Waiting): boolean {
    const { scope, conduit } = this.#needs
    this.#asking ??= new Asking(this, this.#lastRequest)
    const more = this.#asking.ask(eventNameOf(event), args, deadline, waiting)
    // others that give way to it tell the application, which may end this one
    if (this.#closed) this.#asking.fail('ERR_CLOSED')
    else scope.alarms.by(conduit, deadline)
    return more
  }

  /** A callback that throws is the application's own matter: neither its client nor other sessions notice. */
  #guarded(event: string, callback: Callback): Callback {
    return (...args) =>
      callGuarded(
        () => callback(...args),
        (error) => this.#needs.failed(error, event),
      )
  }

  #encode(message: Payload): Encoded {
    this.#needs.checkOpen()
    return encodeWithin(message, this.#needs.scope.settings.maxMessageBytes)
  }
}
