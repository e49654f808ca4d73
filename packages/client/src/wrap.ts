import type { EventArgs, EventMap, EventName } from './emitter.ts'
import { type Env, platform } from './env.ts'
import { Wire } from './wire.ts'

/** Any event, any arguments: what Socket.IO's own types default to. */
export interface DefaultEvents {
  // biome-ignore lint/suspicious/noExplicitAny: an application without event types gets Socket.IO's own default
  [event: string]: (...args: any[]) => void
}

/** What a Socket.IO client socket itself tells its listeners. */
export interface SocketReservedEvents {
  connect: () => void
  connect_error: (error: Error) => void
  disconnect: (reason: string, description?: unknown) => void
}

/**
 * A Socket.IO client socket, whatever its event types: of socket.io-client 2 or
 * 4, or anything that behaves like one.
 */
export interface ClientSocket {
  readonly connected: boolean
  // biome-ignore-start lint/suspicious/noExplicitAny: a socket with event types takes only its own events
  on(event: any, listener: any): unknown
  once(event: any, listener: any): unknown
  off(event: any, listener: any): unknown
  emit(event: any, ...args: any[]): unknown
  // biome-ignore-end lint/suspicious/noExplicitAny: as above
}

type Heard<Listen> = Omit<Listen, keyof SocketReservedEvents> & SocketReservedEvents

/** Options of {@link wrap}. */
export interface WrapOptions {
  /** Clock and randomness; the platform's unless given. */
  readonly env?: Partial<Env>
}

/** Where the suite's own modules find the wire of a {@link StarSocket}, also across copies of this package. */
export const WIRE: unique symbol = Symbol.for('socket-star.wire')
export const ENV: unique symbol = Symbol.for('socket-star.env')

/**
 * An application's Socket.IO client, wrapped: what `joinStar` joins peers on.
 * Application events pass through as they are.
 *
 * @typeParam Listen events that the server emits, in Socket.IO's style
 * @typeParam Emit events that this client emits
 */
export interface StarSocket<
  Listen extends EventMap<Listen> = DefaultEvents,
  Emit extends EventMap<Emit> = DefaultEvents,
> {
  /** The socket that was wrapped. It keeps working as before. */
  readonly socket: ClientSocket
  /** Whether the socket is connected now. */
  readonly connected: boolean
  on<Name extends EventName<Heard<Listen>>>(event: Name, listener: Heard<Listen>[Name]): this
  once<Name extends EventName<Heard<Listen>>>(event: Name, listener: Heard<Listen>[Name]): this
  off<Name extends EventName<Heard<Listen>>>(event: Name, listener: Heard<Listen>[Name]): this
  /** Emits an application event as the socket itself does, its buffers included. */
  emit<Name extends EventName<Emit>>(event: Name, ...args: EventArgs<Emit, Name>): void
  /** @internal */
  readonly [WIRE]: Wire
  /** @internal */
  readonly [ENV]: Env
}

const wrapped = new WeakMap<ClientSocket, StarSocket>()

/**
 * Wraps a Socket.IO client for the suite (PROTOCOL.md, NET-1 to NET-3). It may be
 * connected already or not, of socket.io-client 4 or 2, in a browser or in Node.
 * Wrapping is cheap and changes nothing about the socket: it stays the
 * application's, which connects and disconnects it. A socket that is wrapped
 * again gives the same wrapper; options count the first time.
 *
 * @example
 * ```ts
 * import { wrap } from '@socket-star/client'
 * import { io } from 'socket.io-client'
 *
 * const star = wrap(io('http://127.0.0.1:9090'))
 * star.on('news', (text) => console.log(text))
 * ```
 */
export function wrap<
  Listen extends EventMap<Listen> = DefaultEvents,
  Emit extends EventMap<Emit> = DefaultEvents,
>(socket: ClientSocket, options: WrapOptions = {}): StarSocket<Listen, Emit> {
  const known = wrapped.get(socket)
  if (known !== undefined) return known as unknown as StarSocket<Listen, Emit>
  const star = new Wrapper(socket, { ...platform, ...options.env })
  wrapped.set(socket, star)
  return star as unknown as StarSocket<Listen, Emit>
}

class Wrapper implements StarSocket {
  readonly socket: ClientSocket
  readonly [WIRE]: Wire
  readonly [ENV]: Env

  constructor(socket: ClientSocket, env: Env) {
    this.socket = socket
    this[WIRE] = new Wire(socket, env.timers)
    this[ENV] = env
  }

  get connected(): boolean {
    return this.socket.connected
  }

  on(event: string, listener: DefaultEvents[string]): this {
    this.socket.on(event, listener)
    return this
  }

  once(event: string, listener: DefaultEvents[string]): this {
    this.socket.once(event, listener)
    return this
  }

  off(event: string, listener: DefaultEvents[string]): this {
    this.socket.off(event, listener)
    return this
  }

  emit(event: string, ...args: unknown[]): void {
    this.socket.emit(event, ...args)
  }
}
