import type { SocketLike } from '@socket-star/protocol'
import { hasMethod, inside } from './insides.ts'

/** socket.io-parser's type of an event. */
const EVENT = 2

/**
 * Emits around the host's own buffers (PS-4, PS-5). With connection state
 * recovery a server keeps every event for minutes. A client with `retries`
 * sends one event at a time and repeats it, and one whose ping has expired
 * unnoticed, as after a laptop's sleep, keeps events for its next connection.
 * None of that is meant for a stream, which ends with its connection.
 */
export function emitDirect(socket: SocketLike, event: string, argument?: unknown): void {
  const args = argument === undefined ? [event] : [event, argument]
  if (mayKeepEvents(socket) && hasMethod(socket, 'packet')) {
    // The call a plain emit ends in, on both sides.
    socket.packet({ type: EVENT, data: args, options: { compress: true } })
  } else if (argument === undefined) {
    socket.emit(event)
  } else {
    socket.emit(event, argument)
  }
}

function mayKeepEvents(socket: SocketLike): boolean {
  const { nsp, _opts } = inside(socket)
  if (typeof _opts === 'object') return true // a client, 4.6 or later
  return Boolean(inside(inside(inside(nsp).server).opts).connectionStateRecovery)
}
