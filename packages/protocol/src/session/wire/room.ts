/**
 * Rooms on the wire (ROOM-3). A live room message goes around the Channel,
 * encoded once for all members; what concerns one member alone travels in its
 * session. Both are the same message: a place, and what stands behind it.
 *
 * A body is an event `[name, ...args]`, or a number: so many offsets, this one
 * first, are not for this member.
 */
import { MAX_ELEMENTS, MAX_EPOCH_LENGTH, MAX_REPLAY_BODIES, MAX_ROOM_NAME } from '../limits.ts'
import { array, type Check, integer, positive, text } from './check.ts'
import { eventName } from './event-name.ts'
import type { Payload } from './frame.ts'
import { ROOM } from './kinds.ts'
import { decodePayload, type Encoded, encodePayload } from './payload.ts'

/** An event of the application, or the number of offsets to skip. */
export type RoomBody = Payload | number

/** A place in a room's log: the log's life, and the offset of an entry in it. Offsets start at 1; 0 is before all. */
export interface RoomPosition {
  readonly epoch: string
  readonly offset: number
}

/** A place in a room. */
export interface RoomPlace extends RoomPosition {
  readonly room: string
}

/** What a member asks: what came after this place? */
export interface RoomQuestion extends RoomPlace {
  /** Rises from 1 with each question of a session. */
  readonly id: number
}

/** What either end says of a place in a room: the member asks with it, and the server answers or tells. */
export interface RoomNews extends RoomQuestion {
  readonly kind: 'room'
  /** Of the question that this answers; 0: nobody asked. Then it is a live message, or tells a member where the log ends. */
  readonly id: number
  /** Where the log ends. */
  readonly head: number
  /** What stands behind the place. */
  readonly bodies: readonly RoomBody[]
}

/** Reads the name of a room; an application's own call uses it too. Throws `ERR_BAD_FRAME`. */
export const roomName: Check<string> = text(MAX_ROOM_NAME)

const epochName = text(MAX_EPOCH_LENGTH)
const place = integer(0)

function body(value: unknown): RoomBody {
  if (typeof value === 'number') return positive(value)
  const event = array(MAX_ELEMENTS, value)
  eventName(event[0])
  return event
}

/** A place in a room as a message of a session. */
export function encodeRoom({
  room,
  epoch,
  offset,
  id = 0,
  head = offset,
  bodies = [],
}: RoomPlace & Partial<RoomNews>): Payload {
  return [ROOM, room, epoch, offset, id, head, bodies]
}

/**
 * The arguments of `star-volatile` for a live room message: its parts, or it encoded with the binaries in it. What
 * Socket.IO's own parser takes for a placeholder is none of the application's.
 */
export function encodeRoomItem(
  room: string,
  { epoch, offset }: RoomPosition,
  body: Encoded | number,
): readonly unknown[] {
  const decoded = typeof body === 'number' ? body : (decodePayload(body) as Payload)
  const item = encodeRoom({ room, epoch, offset: offset - 1, head: offset, bodies: [decoded] })
  return typeof body === 'object' ? [encodePayload(item, 0)] : item
}

/** Reads what {@link encodeRoom} made, or the shorter form of a question. Throws `ERR_BAD_FRAME`. */
export function parseRoom([
  ,
  room,
  epoch,
  offset,
  id,
  head = offset,
  bodies = [],
]: readonly unknown[]): RoomNews {
  return {
    kind: 'room',
    room: roomName(room),
    epoch: epochName(epoch),
    offset: place(offset),
    id: place(id),
    head: place(head),
    bodies: array(MAX_REPLAY_BODIES, bodies).map(body),
  }
}
