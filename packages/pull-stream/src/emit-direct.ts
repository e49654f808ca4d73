import type { SocketLike } from '@socket-star/protocol'
import { hasMethod, inside } from './insides.ts'

/** socket.io-parser's type of an event. */
const EVENT = 2

/**
 * Emits around the host's own buffers (PS-5). With connection state recovery a
 * server keeps every event for minutes, and a client with `retries` sends one
 * event at a time and repeats it: neither is meant for the bytes of a stream
 * that ends with its connection anyway.
 */
export function emitDirect(socket: SocketLike, event: string, argument?: unknown): void {
  const args = argument === undefined ? [event] : [event, argument]
  if (keepsEvents(socket) && hasMethod(socket, 'packet')) {
    // The call a plain emit ends in, on both sides.
    socket.packet({ type: EVENT, data: args, options: { compress: true } })
  } else if (argument === undefined) {
    socket.emit(event)
  } else {
    socket.emit(event, argument)
  }
}

function keepsEvents(socket: SocketLike): boolean {
  const { nsp, _opts } = inside(socket)
  const server = inside(inside(nsp).server)
  return Boolean(inside(server.opts).connectionStateRecovery ?? inside(_opts).retries)
}
