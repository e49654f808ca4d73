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

/** One event of a broadcast: its arguments, and the one socket that it is not for. */
export interface Message {
  readonly args: readonly unknown[]
  readonly except?: AnySocket
}

/**
 * Sends events of one name to every local socket in an adapter room: each is
 * encoded once for all, and all that a socket gets goes out in one write.
 * Sockets that frames cannot be written to directly are reached through the
 * adapter, like everything that Socket.IO broadcasts.
 */
export function broadcastLocally(
  namespace: AnyNamespace,
  room: string,
  event: string,
  messages: readonly Message[],
): void {
  const outgoing = messages.map(({ args, except }) => {
    const packet = { type: EVENT_PACKET, data: [event, ...args], nsp: namespace.name }
    return { packet, except: except?.id, frame: frameOf(namespace, packet) }
  })
  const exceptions = new Set(outgoing.map(({ except }) => except))
  const forAll = joinFrames(outgoing)
  const others = new Set<string>()
  for (const id of namespace.adapter.rooms.get(room) ?? []) {
    const connection = namespace.sockets.get(id)?.conn
    if (connection === undefined) continue
    const frames = exceptions.has(id) ? joinFrames(outgoing.filter(({ except }) => except !== id)) : forAll
    if (frames === undefined || (frames.length > 0 && !writeFrame(connection, frames))) others.add(id)
  }
  if (others.size === 0) return
  for (const { packet, except } of outgoing) {
    const excepted = new Set(except === undefined ? [] : [except])
    namespace.adapter.broadcast(packet, { rooms: others, except: excepted, flags: FLAGS })
  }
}

/** Frames that follow each other; undefined when one of them cannot be written as a frame. */
function joinFrames(outgoing: readonly { readonly frame: Buffer | undefined }[]): Buffer | undefined {
  const frames = outgoing.map(({ frame }) => frame).filter((frame) => frame !== undefined)
  if (frames.length < outgoing.length) return undefined
  const [first, ...rest] = frames
  return first !== undefined && rest.length === 0 ? first : Buffer.concat(frames)
}

function frameOf(namespace: AnyNamespace, packet: { type: number; data: unknown; nsp: string }) {
  const [encoded, ...attachments] = namespace.server.encoder.encode(packet)
  return typeof encoded === 'string' && attachments.length === 0 ? textFrame(encoded) : undefined
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
