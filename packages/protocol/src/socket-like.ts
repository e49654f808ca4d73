/**
 * The part of a Socket.IO socket that the suite needs (PROTOCOL.md, NET-1).
 * Sockets of socket.io 4, socket.io-client 2 and socket.io-client 4 have it.
 */
export interface SocketLike {
  readonly connected: boolean
  // biome-ignore lint/suspicious/noExplicitAny: Socket.IO hands listeners whatever arrived; each listener validates
  on(event: string, listener: (...args: any[]) => void): unknown
  // biome-ignore lint/suspicious/noExplicitAny: as above
  off(event: string, listener: (...args: any[]) => void): unknown
  emit(event: string, ...args: unknown[]): unknown
}
