import type { SocketLike } from '@socket-star/protocol'
import type { Env } from './env.ts'

/** What socket.io-client 2 and 4 have beside {@link SocketLike}; another socket may have none of it. */
export interface Internals extends SocketLike {
  /** A name for the current connection that no later one has. */
  readonly id?: string | undefined
  readonly io?: {
    readonly uri?: string
    readonly engine?: {
      readonly readyState?: string
      readonly writeBuffer?: readonly unknown[]
      readonly transport?: {
        readonly ws?: unknown
        readonly writable?: boolean
        doWrite?(packet: object, data: string): void
      }
      _hasPingExpired?(): boolean
    }
    readonly opts?: { readonly parser?: unknown }
  }
  readonly nsp?: string
  readonly _opts?: unknown
  packet?:
    | ((packet: { readonly type?: number; data?: object; readonly options?: object }) => void)
    | undefined
  /** False when the socket was refused and Socket.IO will not connect it again by itself. */
  readonly active?: boolean
  readonly timeout?: unknown
  readonly ids?: number
  readonly acks?: Record<number, unknown>
  readonly sendBuffer?: unknown[]
  flags?: object | undefined
}

/** An event and its arguments. */
export type EventMessage = readonly [event: string, ...args: unknown[]]

/** A listener, or somebody who is told when the session is over, whatever the application takes off the wrapper. */
export type WireUser = (((...args: never[]) => void) & { ended?: undefined }) | { ended(): void }

/** Engine.IO's mark of a message, the first character of every packet. */
const MESSAGE = '4'
/** socket.io-parser's number for an event; socket.io-client does not export it. */
const EVENT_PACKET = 2

/**
 * The application's socket as the suite's own events leave on it (PROTOCOL.md,
 * NET-2): nothing is sent while the socket is down, nothing waits in a buffer
 * of Socket.IO to be sent again later, and no listener for outgoing events sees
 * a token. An event of a socket.io-client that has such buffers is written where
 * its own `emit` ends.
 */
export class Wire {
  readonly socket: Internals
  /** Of whoever wrapped the socket. */
  readonly env: Env
  /** Who uses it besides sessions: peers, streams. */
  readonly users = new Set<WireUser>()
  /** The socket is one of socket.io-client 4, whose encoder tells binary from text by itself. */
  readonly packets: boolean
  /** How a packet of text begins; empty where another parser writes packets. */
  readonly #head: string

  constructor(socket: SocketLike, env: Env) {
    this.env = env
    this.socket = socket
    const { packet, _opts, io, nsp } = this.socket
    this.packets = !!(packet && _opts)
    this.#head =
      this.packets && !io?.opts?.parser ? MESSAGE + EVENT_PACKET + (nsp === '/' ? '' : `${nsp},`) : ''
  }

  /** Sends an event; false when the socket is down. `volatile`: also when its transport is busy. */
  say(message: EventMessage, volatile?: boolean): boolean {
    const { socket } = this
    const { io, flags } = socket
    if (this.#isDown || (volatile && io?.engine?.transport?.writable === false)) return false
    if (this.packets) {
      socket.packet?.({ type: EVENT_PACKET, data: message })
      return true
    }
    // flags that the application set for its own next emit stay its own
    socket.flags = {}
    socket.emit(...message)
    socket.flags = flags
    return true
  }

  /**
   * As {@link say}, for a message in which nothing is binary: it needs not be
   * searched for it. Where nothing waits in Engine.IO its WebSocket is written to
   * directly, which saves a tenth of a round trip.
   */
  sayText(message: EventMessage): void {
    const engine = this.socket.io?.engine
    const transport = engine?.transport
    if (
      this.#head &&
      transport?.ws &&
      // before 4.8 there is no such method
      transport.doWrite &&
      // one that is closing has no WebSocket any more, and its namespaces hear of it one after the other
      engine?.readyState === 'open' &&
      !this.#isDown &&
      // what the WebSocket has not taken, or took in this turn, stands here
      !engine.writeBuffer?.length
    )
      transport.doWrite({}, this.#head + JSON.stringify(message))
    else this.say(message)
  }

  get #isDown(): boolean | undefined {
    const { connected, io } = this.socket
    // a connection whose ping has expired unnoticed is down, and says so in a moment
    return !connected || io?.engine?._hasPingExpired?.()
  }
}
