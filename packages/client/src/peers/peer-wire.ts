import type { SocketLike } from '@socket-star/protocol'
import type { Timers } from '@socket-star/pull-stream'
import type { EventMessage, Internals, Wire } from '../wire.ts'

// biome-ignore lint/suspicious/noExplicitAny: Socket.IO hands listeners whatever arrived; each listener validates
type Listener = (...args: any[]) => void

/**
 * The application's socket as peers and their streams use it: like a socket of
 * its own, around every buffer of Socket.IO (PROTOCOL.md, NET-2, NET-3).
 */
export class PeerWire implements SocketLike {
  /** The clock that requests on it wait by. */
  readonly timers: Timers
  readonly #wire: Wire

  constructor(wire: Wire, timers: Timers) {
    this.#wire = wire
    this.timers = timers
  }

  get socket(): Internals {
    return this.#wire.socket
  }

  get connected(): boolean {
    return this.socket.connected
  }

  /** The socket's Manager: the way to its transport, for back-pressure. */
  get io(): unknown {
    return this.socket.io
  }

  on(event: string, listener: Listener): this {
    this.#wire.users.add(listener)
    this.socket.on(event, listener)
    return this
  }

  off(event: string, listener: Listener): this {
    this.#wire.users.delete(listener)
    this.socket.off(event, listener)
    return this
  }

  /** Emits around every buffer; false when the socket is down and nothing was sent. */
  emit(event: string, ...args: unknown[]): boolean {
    const wire = this.#wire
    return wire.say([event, ...(wire.packets ? args : args.map(forVersion2))])
  }

  /**
   * Emits what has an acknowledgement, its callback last; false when nothing was sent. That needs Socket.IO's own
   * `emit`, around two buffers. With `retries` every emit goes through a queue unless the flag `fromQueue` says that
   * the queue itself emits: we set that flag. An emit on a socket that is down goes to `sendBuffer`; the socket also
   * counts as down when its ping has expired unnoticed, so `connected` alone does not tell: what ended up in the buffer
   * is taken out again. Both are fields that socket.io-client 2 either has as well or ignores.
   */
  ask(message: EventMessage, flags?: object): boolean {
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

/** Version 2 knows an ArrayBuffer for binary everywhere, and in Node no plain `Uint8Array`. */
function forVersion2(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(forVersion2)
  return value?.constructor === Uint8Array ? new Uint8Array(value as Uint8Array).buffer : value
}
