import type { SocketLike } from '@socket-star/protocol'
import { bufferedBytes, unsentBytes } from './buffered.ts'
import { onDrain } from './drains.ts'
import { type Engine, engineOf } from './engine.ts'
import { canPause, holdWebSocket, isHeld, type Release } from './hold.ts'
import { takenBytes } from './taken.ts'
import { webSocketOf } from './web-socket.ts'

export type { Release } from './hold.ts'

/** What waits on a socket's connection, and how to hold that connection back. */
export interface SocketPressure {
  /** Bytes that this process holds because the connection has not sent them yet. */
  bufferedBytes(): number
  /** The same less what the system took of the write that is under way. */
  unsentBytes(): number
  /**
   * Bytes that the system has taken, counted from any fixed point. Where the
   * connection does not count them (long-polling, a browser) it is what went
   * away between one look and the next.
   */
  takenBytes(): number
  /** True when reading from the connection can be paused: a WebSocket of `ws` in Node. */
  readonly canHold: boolean
  /** True while someone holds it: nothing is heard from it, and that says nothing about the other side. */
  readonly held: boolean
  /**
   * Stops reading from the connection until everyone who holds it has called
   * the returned function. Does nothing where {@link canHold} is false.
   */
  hold(): Release
  /**
   * Calls back when the connection may have sent something; the returned
   * function stops that. In a browser that is a hint: look at a timer as well.
   */
  onDrain(callback: () => void): () => void
}

const nothing = () => {}

/**
 * The pressure of one socket: of socket.io 4, or of socket.io-client 2 or 4 in
 * Node or a browser. It follows the socket through upgrades and reconnects.
 * For anything else it measures 0 and cannot hold.
 */
export function pressureOf(socket: SocketLike): SocketPressure {
  return new Pressure(socket)
}

class Pressure implements SocketPressure {
  readonly #socket: SocketLike

  constructor(socket: SocketLike) {
    this.#socket = socket
  }

  bufferedBytes(): number {
    return bufferedBytes(this.#engine)
  }

  unsentBytes(): number {
    return unsentBytes(this.#engine)
  }

  takenBytes(): number {
    return takenBytes(this.#engine)
  }

  get canHold(): boolean {
    return canPause(webSocketOf(this.#engine))
  }

  get held(): boolean {
    return isHeld(webSocketOf(this.#engine))
  }

  hold(): Release {
    const webSocket = webSocketOf(this.#engine)
    return webSocket !== undefined && canPause(webSocket) ? holdWebSocket(webSocket) : nothing
  }

  onDrain(callback: () => void): () => void {
    return onDrain(this.#engine, callback)
  }

  get #engine(): Engine | undefined {
    return engineOf(this.#socket)
  }
}
