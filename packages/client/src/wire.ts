import type { SocketLike } from '@socket-star/protocol'
import type { Timers } from '@socket-star/pull-stream'

interface Encoder {
  encode?(packet: object): unknown[]
}

/** What socket.io-client 2 and 4 have beside {@link SocketLike}; another socket may have none of it. */
export interface Internals extends SocketLike {
  /** A name for the current connection that no later one has. */
  readonly id?: string | undefined
  readonly io?: {
    readonly engine?: {
      readonly transport?: { readonly writable?: boolean }
      _hasPingExpired?(): boolean
      write?(text: string, options: object): void
    }
    readonly encoder?: Encoder
  }
  readonly nsp?: string
  readonly _opts?: unknown
  packet?(packet: object): void
  /** False when the socket was refused and Socket.IO will not connect it again by itself. */
  readonly active?: boolean
  readonly timeout?: unknown
  readonly ids?: number
  readonly acks?: Record<number, unknown>
  readonly sendBuffer?: unknown[]
  flags?: object
}

// biome-ignore lint/suspicious/noExplicitAny: Socket.IO hands listeners whatever arrived; each listener validates
type Listener = (...args: any[]) => void

/** An event and its arguments. */
type EventMessage = readonly [event: string, ...args: unknown[]]

/** socket.io-parser's number for an event; socket.io-client does not export it. */
const EVENT_PACKET = 2
/** What a plain emit passes on. */
const COMPRESS = { compress: true }

/**
 * The application's socket as the suite's own events use it (PROTOCOL.md, NET-2,
 * NET-3): nothing is sent while the socket is down, nothing waits in a buffer
 * of Socket.IO to be sent again later, and no listener for outgoing events sees
 * a token.
 *
 * An event of socket.io-client 4 is written where its own `emit` ends. What asks
 * for an acknowledgement, and everything of version 2, is emitted, around two
 * buffers. With `retries` every emit goes through a queue unless the flag
 * `fromQueue` says that the queue itself emits: we set that flag. An emit on a
 * socket that is down goes to `sendBuffer`; the socket also counts as down when
 * its ping has expired unnoticed, so `connected` alone does not tell: what
 * ended up in the buffer is taken out again. Both are fields that
 * socket.io-client 2 either has as well or ignores.
 */
export class Wire implements SocketLike {
  readonly socket: Internals
  /** The clock that requests on it wait by. */
  readonly timers: Timers
  /** The socket is one of socket.io-client 4, whose encoder tells binary from text by itself. */
  readonly #packets: boolean
  #text: boolean | undefined
  readonly #listeners = new Set<Listener>()

  constructor(socket: SocketLike, timers: Timers) {
    this.socket = socket
    this.timers = timers
    this.#packets = typeof this.socket.packet === 'function' && this.socket._opts !== undefined
  }

  get connected(): boolean {
    return this.socket.connected
  }

  /** The socket's Manager: the way to its transport, for back-pressure. */
  get io(): unknown {
    return this.socket.io
  }

  /** Whether somebody listens through it: peers, streams. */
  get inUse(): boolean {
    return this.#listeners.size > 0
  }

  on(event: string, listener: Listener): this {
    this.#listeners.add(listener)
    this.socket.on(event, listener)
    return this
  }

  off(event: string, listener: Listener): this {
    this.#listeners.delete(listener)
    this.socket.off(event, listener)
    return this
  }

  /** Emits around every buffer; false when the socket is down and nothing was sent. */
  emit(event: string, ...args: unknown[]): boolean {
    return this.say([event, ...args])
  }

  /** As {@link emit}, an event and its arguments. `volatile`: drops what a busy transport cannot take at once. */
  say(message: EventMessage, volatile = false): boolean {
    if (!this.#packets) return this.send(message, volatile ? { volatile } : undefined)
    const { io } = this.socket
    if (this.#isDown || (volatile && io?.engine?.transport?.writable === false)) return false
    // what a plain emit ends in, without the buffers, flags and listeners before it
    this.socket.packet?.({ type: EVENT_PACKET, data: message, options: COMPRESS })
    return true
  }

  /** As {@link say}, for a message in which nothing is binary: it needs not be searched for it. */
  sayText(message: EventMessage): boolean {
    if (!this.#packets || !this.#parsesText) return this.say(message)
    if (this.#isDown) return false
    const { io, nsp = '/' } = this.socket
    const namespace = nsp === '/' ? '' : `${nsp},`
    io?.engine?.write?.(`${EVENT_PACKET}${namespace}${JSON.stringify(message)}`, COMPRESS)
    return true
  }

  get #isDown(): boolean {
    const { connected, io } = this.socket
    // a connection whose ping has expired unnoticed is down, and says so in a moment
    return !connected || io?.engine?._hasPingExpired?.() === true
  }

  /** Whether the parser is Socket.IO's own, in which an event without binary is a line of JSON. */
  get #parsesText(): boolean {
    this.#text ??= isTextParser(this.socket.io?.encoder)
    return this.#text
  }

  /**
   * Emits as the application does, around the two buffers, with flags of Socket.IO; false when nothing was sent. What
   * wants an acknowledgement has its callback last.
   */
  send(message: EventMessage, flags?: object): boolean {
    const { socket } = this
    // flags that the application set for its own next emit stay its own
    const { connected, sendBuffer = [], flags: applicationFlags } = socket
    if (!connected) return false
    const buffered = sendBuffer.length
    if (applicationFlags) socket.flags = { ...flags, fromQueue: true }
    try {
      socket.emit(...message)
    } finally {
      if (applicationFlags) socket.flags = applicationFlags
    }
    if (sendBuffer.length <= buffered) return true
    sendBuffer.length = buffered
    return false
  }
}

function isTextParser(encoder: Encoder | undefined): boolean {
  try {
    const [text, ...rest] = encoder?.encode?.({ type: EVENT_PACKET, data: ['x'], nsp: '/' }) ?? []
    return text === '2["x"]' && rest.length === 0
  } catch {
    return false
  }
}
