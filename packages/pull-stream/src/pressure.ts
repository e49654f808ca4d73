import type { SocketLike } from '@socket-star/protocol'

/** Lets a held connection go. Calling it again does nothing. */
export type Release = () => void

/** What waits on a socket's connection, and how to hold that connection back. */
export interface SocketPressure {
  /** Bytes that were given to the connection and that the system has not taken yet. */
  bufferedBytes(): number
  /** True when reading from the connection can be paused: a WebSocket of `ws` in Node. */
  readonly canHold: boolean
  /**
   * Stops reading from the connection until the returned function is called by
   * everyone who holds it. Does nothing where {@link canHold} is false.
   */
  hold(): Release
  /** Calls back each time the connection may have sent something. The returned function stops that. */
  onDrain(callback: () => void): () => void
}

/** The pressure of one socket: of socket.io 4, of socket.io-client 2 or 4, in Node or a browser. */
export function pressureOf(_socket: SocketLike): SocketPressure {
  throw new Error('in the next commit')
}
