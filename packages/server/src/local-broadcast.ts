import { textFrame, writeFrame } from './direct-frame.ts'
import type { AnyNamespace, AnySocket } from './socket-types.ts'

/** Every adapter room of the suite begins with this, so that rooms of the host never collide with one (NET-5). */
export const ROOM_PREFIX = 'socket-star:'

/** socket.io-parser's number for an event; socket.io does not export it. */
const EVENT_PACKET = 2

/**
 * Local sockets only: the registry is this process' own. `volatile: false`,
 * rather than left out, keeps the packet out of connection state recovery,
 * which would replay it to a socket that has to join again anyway (NET-5).
 */
const FLAGS = { local: true, volatile: false, compress: false }

/**
 * Sends an event to every local socket in an adapter room, except one;
 * encoded once for all. Sockets that a frame cannot be written to directly
 * are reached through the adapter, like everything that Socket.IO broadcasts.
 */
export function broadcastLocally(
  namespace: AnyNamespace,
  room: string,
  event: string,
  args: readonly unknown[],
  except?: AnySocket,
): void {
  const packet = { type: EVENT_PACKET, data: [event, ...args], nsp: namespace.name }
  const [encoded, ...attachments] = namespace.server.encoder.encode(packet)
  const frame = typeof encoded === 'string' && attachments.length === 0 ? textFrame(encoded) : undefined
  const others = new Set<string>()
  for (const id of namespace.adapter.rooms.get(room) ?? []) {
    const connection = id === except?.id ? undefined : namespace.sockets.get(id)?.conn
    if (connection === undefined || (frame !== undefined && writeFrame(connection, frame))) continue
    others.add(id)
  }
  if (others.size > 0) namespace.adapter.broadcast(packet, { rooms: others, flags: FLAGS })
}

/** How many local sockets are in an adapter room. */
export function roomSize(namespace: AnyNamespace, room: string): number {
  return namespace.adapter.rooms.get(room)?.size ?? 0
}

/** Leaves every room of the suite, before recovery remembers a socket's rooms or after it restored them. */
export function leaveOwnRooms(socket: AnySocket): void {
  for (const room of socket.rooms) {
    if (room.startsWith(ROOM_PREFIX)) socket.leave(room)
  }
}
