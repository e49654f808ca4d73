import type { SocketLike } from '@socket-star/protocol'
import { bufferedBytes } from './buffered.ts'
import { onDrain } from './drains.ts'
import { engineOf, webSocketOf } from './engine.ts'
import { canPause, holdWebSocket, isHeld, type Release } from './hold.ts'
import { takenBytes, unsentBytes } from './taken.ts'

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
  const webSocket = () => {
    const engine = engineOf(socket)
    return engine === undefined ? undefined : webSocketOf(engine)
  }
  return {
    bufferedBytes() {
      const engine = engineOf(socket)
      return engine === undefined ? 0 : bufferedBytes(engine)
    },
    unsentBytes() {
      const engine = engineOf(socket)
      return engine === undefined ? 0 : unsentBytes(engine)
    },
    takenBytes() {
      const engine = engineOf(socket)
      return engine === undefined ? 0 : takenBytes(engine)
    },
    get canHold() {
      return canPause(webSocket())
    },
    get held() {
      const target = webSocket()
      return target !== undefined && isHeld(target)
    },
    hold() {
      const target = webSocket()
      return target !== undefined && canPause(target) ? holdWebSocket(target) : nothing
    },
    onDrain(callback) {
      const engine = engineOf(socket)
      return engine === undefined ? nothing : onDrain(engine, callback)
    },
  }
}
