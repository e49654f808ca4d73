import type { SocketLike } from '@socket-star/protocol'
import type { AnySocket } from './socket-types.ts'

const EVENT_PACKET = 2
/** As in `local-broadcast.ts`: defined, so that recovery does not store the packet, and false, so that it is sent. */
const AROUND_RECOVERY = { local: true, volatile: false }

/** A {@link SocketLike} that also shows its connection, which back-pressure is read from. */
export interface WireSocket extends SocketLike {
  readonly conn: AnySocket['conn']
  readonly id: string
}

/**
 * The socket as streams use it. Where the host turned on connection state
 * recovery, Socket.IO keeps every event that it emits for minutes; the frames
 * of a stream must neither fill that store nor be replayed from it.
 */
export function wireSocket(socket: AnySocket): WireSocket {
  const { nsp } = socket
  if (!nsp.server._opts.connectionStateRecovery) return socket
  const rooms = new Set([socket.id])
  return {
    id: socket.id,
    get connected() {
      return socket.connected
    },
    get conn() {
      return socket.conn
    },
    on: (event, listener) => socket.on(event, listener),
    off: (event, listener) => socket.off(event, listener),
    emit(event, ...args) {
      if (!socket.connected) return false
      const packet = { type: EVENT_PACKET, data: [event, ...args], nsp: nsp.name }
      nsp.adapter.broadcast(packet, { rooms, except: new Set(), flags: AROUND_RECOVERY })
      return true
    },
  }
}
