import type { StarError } from '@socket-star/protocol'
import {
  Asking,
  type Conduit,
  decodePayload,
  type Encoded,
  eventNameOf,
  Incoming,
  type Listeners,
  type Message,
  type Payload,
  parseMessage,
  SESSION_EVENTS,
  type Waiting,
  waitIn,
  waitWith,
  waitWithError,
} from '@socket-star/protocol/session'
import { encodeWithin } from './encoding.ts'
import type { Link } from './link.ts'
import { emitOwn } from './own-event.ts'
import type { SessionScope } from './scope.ts'
import type { TimedEmitter } from './types.ts'

type Callback = (...args: unknown[]) => unknown

/** The event of `send`. */
export const TEXT_EVENT = 'message'
const NEVER = Number.POSITIVE_INFINITY

export interface DialogueNeeds {
  readonly scope: SessionScope
  readonly conduit: Conduit<Link>
  readonly listeners: Listeners
  /** @throws StarError ERR_CLOSED when the session is over */
  checkOpen(): void
  /** Called with each text of the client's `send`. */
  text(text: string): void
  /** A function of the application failed. */
  failed(error: unknown, event: string): void
}

/** What a session and its client say to each other: events, requests, responses. */
export class Dialogue {
  readonly #needs: DialogueNeeds
  readonly #lastRequest: number
  #incoming: Incoming | undefined
  #asking: Asking | undefined

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

  timed(ms: number): TimedEmitter<Record<string, Callback>> {
    const deadline = (): number => this.#needs.scope.environment.now() + ms
    return {
      emit: (event: string, ...args: unknown[]) => {
        const last = args.at(-1)
        if (typeof last !== 'function') return this.emit(event, args)
        const waiting = waitWithError(this.#guarded(event, last as Callback))
        return this.#ask(event, args.slice(0, -1), deadline(), waiting)
      },
      emitWithAck: (event: string, ...args: unknown[]) => this.emitWithAck(event, args, deadline()),
    }
  }

  /** Around the Channel, now or never; false when it is never. */
  emitVolatile(link: Link | undefined, event: string, args: readonly unknown[]): boolean {
    const payload = this.#encode([eventNameOf(event), ...args])
    if (link === undefined || link.backedUp) return false
    emitOwn(link.socket, SESSION_EVENTS.volatile, [payload], {
      volatile: true,
      binary: typeof payload !== 'string',
    })
    return true
  }

  /** Sends a message of the session. @throws StarError as {@link Session.emit} */
  say(message: Payload): boolean {
    return this.#needs.conduit.send(this.#encode(message))
  }

  /** What came on `star-volatile`. @throws StarError ERR_BAD_FRAME */
  volatileCame(payload: unknown): void {
    const message = parseMessage(decodePayload(payload as Encoded))
    if (message.kind === 'event') this.event(message.name, message.args)
  }

  event(name: string, args: readonly unknown[]): Promise<unknown> | undefined {
    if (name === TEXT_EVENT && typeof args[0] === 'string') this.#needs.text(args[0])
    return this.#receiver.event(name, args)
  }

  request(message: Extract<Message, { kind: 'request' }>): Promise<unknown> | undefined {
    return this.#receiver.request(message)
  }

  answered(id: number, args: readonly unknown[]): void {
    this.#asking?.settle(id, undefined, args)
  }

  refused(id: number, error: StarError): void {
    this.#asking?.settle(id, error)
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
    this.#asking?.fail('ERR_CLOSED')
  }

  get #receiver(): Incoming {
    const { listeners, failed } = this.#needs
    this.#incoming ??= new Incoming({ listeners, send: (message) => this.say(message), failed })
    return this.#incoming
  }

  #ask(event: string, args: readonly unknown[], deadline: number, waiting: Waiting): boolean {
    const { scope, conduit } = this.#needs
    this.#asking ??= new Asking((message) => this.say(message), this.#lastRequest)
    const more = this.#asking.ask(eventNameOf(event), args, deadline, waiting)
    scope.alarms.by(conduit, deadline)
    return more
  }

  /** A callback that throws is the application's own matter: neither its client nor other sessions notice. */
  #guarded(event: string, callback: Callback): Callback {
    return (...args) => {
      try {
        callback(...args)
      } catch (error) {
        this.#needs.failed(error, event)
      }
    }
  }

  #encode(message: Payload): Encoded {
    this.#needs.checkOpen()
    return encodeWithin(message, this.#needs.scope.settings.maxMessageBytes)
  }
}
