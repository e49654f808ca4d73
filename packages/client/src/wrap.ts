import { Emitter } from '@socket.io/component-emitter'
import { StarError } from '@socket-star/protocol'
import { NEVER } from '@socket-star/protocol/channel'
import {
  CONNECTED,
  type EventsMap,
  eventNameOf,
  type Listener,
  type Status,
  type TimedEmitter,
  unanswered,
  type Waiting,
  waitIn,
  waitWith,
} from '@socket-star/protocol/session'
import type { Socket } from 'socket.io-client'
import { callGuarded } from './call-guarded.ts'
import type { EventMap } from './emitter.ts'
import { environment } from './env.ts'
import type { ClientSocket, DefaultEvents, WrapOptions } from './options.ts'
import { ClientSession } from './session/client-session.ts'
import { TEXT_EVENT } from './session/inbound.ts'
import type { Audience, StarSession } from './session/types.ts'
import type { Wire } from './wire.ts'

/** Where the suite's own modules find the wire of a {@link StarSocket}, also across copies of this package. */
export const WIRE: unique symbol = Symbol.for('socket-star.wire')

/**
 * An application's Socket.IO client, wrapped: its session, and what `joinStar`
 * joins peers on.
 *
 * @typeParam Listen events that the server emits, in Socket.IO's style
 * @typeParam Emit events that this client emits
 * @typeParam Below the socket that was wrapped
 */
export interface StarSocket<
  Listen extends EventMap<Listen> = DefaultEvents,
  Emit extends EventMap<Emit> = DefaultEvents,
  Below extends ClientSocket = ClientSocket,
> extends StarSession<Listen, Emit> {
  /**
   * The socket that was wrapped; with {@link WrapOptions.cycle} the one that took its place. What is emitted on it, and
   * heard on it, goes beside the session.
   */
  readonly socket: Below
  /** Whether the socket is connected now. */
  readonly connected: boolean
  /** @internal */
  readonly [WIRE]: Wire
}

/** What a CommonJS module gets from socket.io-client: to TypeScript another class. */
type RequiredSocket<Listen extends EventsMap, Emit extends EventsMap> = import('socket.io-client', { with: {
  'resolution-mode': 'require',
}}).Socket<Listen, Emit>

/** The options' names: what is misspelt would be found out by what does not happen. */
const OPTION = /^(answerMs|cycle|env|persist)$/

const wrapped = new WeakMap<ClientSocket, StarSocket>()

/**
 * Gives a Socket.IO client a session (PROTOCOL.md, HS and SES clauses) that
 * outlives its connections. The socket may be connected already or not, of
 * socket.io-client 4 or 2, in a browser or in Node; it keeps its options, its
 * `auth` included, and goes on reconnecting by itself. A socket that is
 * wrapped again gives the same wrapper as long as its session has not ended and left it;
 * options count the first time. Its event types are the wrapper's; name them where it has none.
 *
 * @throws StarError ERR_CONFIG for an option that there is not
 *
 * Towards a server without sessions the status stays OPEN, what is emitted
 * waits, up to the hard limit, and peers can be joined all the same (SES-15).
 *
 * @example
 * ```ts
 * import { wrap } from '@socket-star/client'
 * import { io } from 'socket.io-client'
 *
 * const star = wrap(io('http://127.0.0.1:9090'))
 * star.on('news', (text) => console.log(text))
 * star.emit('chat', 'hello') // arrives once, whatever the connection does
 * ```
 */
export function wrap<Listen extends EventsMap & EventMap<Listen>, Emit extends EventsMap & EventMap<Emit>>(
  socket: Socket<Listen, Emit>,
  options?: WrapOptions,
): StarSocket<Listen, Emit, Socket<Listen, Emit>>
export function wrap<Listen extends EventsMap & EventMap<Listen>, Emit extends EventsMap & EventMap<Emit>>(
  socket: RequiredSocket<Listen, Emit>,
  options?: WrapOptions,
): StarSocket<Listen, Emit, RequiredSocket<Listen, Emit>>
export function wrap<
  Listen extends EventMap<Listen> = DefaultEvents,
  Emit extends EventMap<Emit> = DefaultEvents,
>(socket: ClientSocket, options?: WrapOptions): StarSocket<Listen, Emit>
export function wrap(socket: ClientSocket, options: WrapOptions = {}): StarSocket {
  const known = wrapped.get(socket)
  if (known) return known
  for (const name in options) if (!OPTION.test(name)) throw new StarError('ERR_CONFIG', `option ${name}`)
  const star = new Wrapper(socket, options)
  wrapped.set(socket, star)
  return star
}

type Callback = (...args: unknown[]) => unknown
type Message = [event: string, ...args: unknown[]]

/** Socket.IO's own emitter, as far as it is used here: a page with socket.io-client has it already. */
interface Heard extends Pick<Audience, 'listeners'> {
  on(event: string, listener: Listener): this
  off(event?: string, listener?: Listener): this
}

class Wrapper extends (Emitter as unknown as new () => Heard) implements StarSocket {
  socket: ClientSocket
  onMessage: ((text: string) => void) | undefined
  readonly #session: ClientSession

  constructor(socket: ClientSocket, options: WrapOptions) {
    super()
    this.socket = socket
    this.#session = new ClientSession(environment(options.env), socket, {
      ...options,
      star: this,
      moved: (next) => {
        wrapped.delete(this.socket)
        if (next) {
          wrapped.set(next, this)
          this.socket = next
        }
      },
    })
    void this.#session.begin()
  }

  get [WIRE](): Wire {
    return this.#session.first.wire
  }

  get connected(): boolean {
    return this.socket.connected
  }

  get id(): string | undefined {
    return this.#session.parameters?.id
  }

  get status(): Status {
    return this.#session.identity.status
  }

  get bufferedAmount(): number {
    return this.#session.conduit.channel.bufferedBytes
  }

  get volatile(): { emit(...message: Message): boolean } {
    return { emit: (...message) => this.#session.volatile(unanswered(message)) }
  }

  once(event: string, listener: Listener): this {
    // the one of Socket.IO's emitter does not answer what the listener answers
    const once: Listener & { fn?: Listener } = (...args) => {
      this.off(event, once)
      return listener(...args)
    }
    once.fn = listener
    return this.on(event, once)
  }

  emit(...message: Message): boolean {
    return this.#emit(message, NEVER, waitWith)
  }

  emitWithAck(...message: Message): Promise<never> {
    return this.#request(message, NEVER)
  }

  timeout(ms: number): TimedEmitter<DefaultEvents> {
    return {
      emit: (...message: Message) => this.#emit(message, ms),
      emitWithAck: (...message: Message) => this.#request(message, ms),
    }
  }

  send(text: string): boolean {
    const connected = this.isConnected()
    if (connected) this.#session.say([TEXT_EVENT, String(text)])
    return connected
  }

  isConnected(): boolean {
    return this.status === CONNECTED
  }

  flush(): Promise<void> {
    return this.#session.flushed()
  }

  connect(): this {
    this.#session.connect()
    return this
  }

  disconnect(): this {
    this.#session.disconnect()
    return this
  }

  /** `wait`: what a callback makes of an answer; with a timeout it is told of errors first. */
  #emit(
    message: Message,
    timeoutMs: number,
    wait: (callback: Callback) => Waiting = (callback) => callback,
  ): boolean {
    const callback = message.at(-1)
    if (typeof callback === 'function') {
      message.pop()
      const guarded: Callback = (...answer) => callGuarded(callback as Callback, answer)
      return this.#session.ask(message, timeoutMs, wait(guarded))
    }
    eventNameOf(message[0])
    return this.#session.say(message)
  }

  #request(message: Message, timeoutMs: number): Promise<never> {
    return new Promise((resolve, reject) => {
      this.#session.ask(message, timeoutMs, waitIn(resolve, reject))
    })
  }
}
