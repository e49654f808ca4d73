/**
 * Rooms on the wire (ROOM-3). A live room message is an event of its own,
 * encoded once for all members; what concerns one member alone travels as a
 * message of its session.
 *
 * A body is an event `[name, ...args]`, or a number: so many offsets, this one
 * first, are not for this member.
 */
import { bad, integer, isEventName, list, text } from './check.ts'
import type { Payload } from './frame.ts'
import { MAX_ARGS, MESSAGE } from './message.ts'

/** Longest name of a room, in UTF-16 units (ROOM-1). */
export const MAX_ROOM_NAME = 256
/** Longest epoch, in UTF-16 units (ROOM-1). */
export const MAX_EPOCH_LENGTH = 64
/** Most bodies in one replay message (ROOM-6). */
export const MAX_REPLAY_BODIES = 256

/** An event of the application, or the number of offsets to skip. */
export type RoomBody = Payload | number

/** A place in a room's log: the log's life, and the offset of an entry in it. Offsets start at 1; 0 is before all. */
export interface RoomPosition {
  readonly epoch: string
  readonly offset: number
}

/** One live room message. */
export interface RoomItem extends RoomPosition {
  readonly room: string
  readonly body: RoomBody
}

/** What a session says about a room. */
export type RoomControl =
  /** Server: the member follows the room from behind `offset` on. */
  | ({ readonly kind: 'joined'; readonly room: string } & RoomPosition)
  /** Server: not a member any more. */
  | { readonly kind: 'left'; readonly room: string }
  /** Client: what came after this position? `id` rises. */
  | ({ readonly kind: 'fetch'; readonly id: number; readonly room: string } & RoomPosition)
  /** Server: bodies from offset `first` on, of a log that now reaches to `head`. */
  | {
      readonly kind: 'replay'
      readonly id: number
      readonly room: string
      readonly epoch: string
      readonly first: number
      readonly head: number
      readonly bodies: readonly RoomBody[]
    }
  /** Server: that is not known any more; go on behind this position. */
  | ({ readonly kind: 'gap'; readonly id: number; readonly room: string } & RoomPosition)

/** The arguments of the event `star-room`. */
export function encodeRoomItem(item: RoomItem): unknown[] {
  return [item.room, item.epoch, item.offset, item.body]
}

/** Reads the arguments of the event `star-room`. Throws `ERR_BAD_FRAME`. */
export function parseRoomItem(args: readonly unknown[]): RoomItem {
  return {
    room: roomName(args[0]),
    epoch: roomEpoch(args[1]),
    offset: integer(args[2], 1),
    body: body(args[3]),
  }
}

/** A {@link RoomControl} as a payload of a session. */
export function encodeRoomControl(control: RoomControl): Payload {
  const { room } = control
  switch (control.kind) {
    case 'joined':
      return [MESSAGE.JOINED, room, control.epoch, control.offset]
    case 'left':
      return [MESSAGE.LEFT, room]
    case 'fetch':
      return [MESSAGE.FETCH, room, control.epoch, control.offset, control.id]
    case 'gap':
      return [MESSAGE.GAP, room, control.epoch, control.offset, control.id]
    case 'replay':
      return [MESSAGE.REPLAY, room, control.epoch, control.first, control.id, control.head, control.bodies]
    default:
      return control satisfies never
  }
}

/** Reads a payload that is neither event nor request nor response. Throws `ERR_BAD_FRAME`. */
export function parseRoomControl(parts: readonly unknown[]): RoomControl {
  const kind = parts[0]
  const room = roomName(parts[1])
  if (kind === MESSAGE.LEFT) return { kind: 'left', room }
  const epoch = roomEpoch(parts[2])
  const offset = integer(parts[3])
  if (kind === MESSAGE.JOINED) return { kind: 'joined', room, epoch, offset }
  const id = integer(parts[4], 1)
  if (kind === MESSAGE.FETCH) return { kind: 'fetch', room, epoch, offset, id }
  if (kind === MESSAGE.GAP) return { kind: 'gap', room, epoch, offset, id }
  if (kind !== MESSAGE.REPLAY) bad()
  const bodies = list(parts[6], MAX_REPLAY_BODIES).map(body)
  return { kind: 'replay', room, epoch, first: offset, id, head: integer(parts[5]), bodies }
}

/** Reads the name of a room; an application's own call uses it too. Throws `ERR_BAD_FRAME`. */
export function roomName(value: unknown): string {
  return text(value, MAX_ROOM_NAME)
}

function roomEpoch(value: unknown): string {
  return text(value, MAX_EPOCH_LENGTH)
}

function body(value: unknown): RoomBody {
  if (typeof value === 'number') return integer(value, 1)
  const parts = list(value, MAX_ARGS + 1)
  return isEventName(parts[0]) ? parts : bad()
}
