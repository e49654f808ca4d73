/**
 * Rooms on the wire (ROOM-3). A live room message is an event of its own,
 * encoded once for all members; what concerns one member alone travels as a
 * message of its session.
 *
 * A body is an event `[name, ...args]`, or a number: so many offsets, this one
 * first, are not for this member.
 */
import { MAX_ELEMENTS, MAX_EPOCH_LENGTH, MAX_REPLAY_BODIES, MAX_ROOM_NAME } from '../limits.ts'
import { array, bad, type Check, integer, list, positive, type Shape, shaped, text } from './check.ts'
import { eventName } from './event-name.ts'
import type { Payload } from './frame.ts'
import { FETCH, GAP, JOINED, LEFT, REPLAY } from './kinds.ts'
import { decodePayload, type Encoded, isEncoded } from './payload.ts'

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

/** Reads the name of a room; an application's own call uses it too. Throws `ERR_BAD_FRAME`. */
export const roomName: Check<string> = text(MAX_ROOM_NAME)

const position = { epoch: text(MAX_EPOCH_LENGTH), offset: integer(0) }

function body(value: unknown): RoomBody {
  if (typeof value === 'number') return positive(value)
  const event = array(MAX_ELEMENTS, value)
  eventName(event[0])
  return event
}

type Fields<K> = Omit<Extract<RoomControl, { kind: K }>, 'kind'>

/** The first element of each message about a room, and what follows it, in the order of the wire (ROOM-3, ROOM-6). */
const CONTROLS: { readonly [K in RoomControl['kind']]: readonly [first: number, shape: Shape<Fields<K>>] } = {
  joined: [JOINED, { room: roomName, ...position }],
  left: [LEFT, { room: roomName }],
  fetch: [FETCH, { room: roomName, ...position, id: positive }],
  replay: [
    REPLAY,
    {
      room: roomName,
      epoch: position.epoch,
      first: position.offset,
      id: positive,
      head: position.offset,
      bodies: list(MAX_REPLAY_BODIES, body),
    },
  ],
  gap: [GAP, { room: roomName, ...position, id: positive }],
}

/**
 * The arguments of the event `star-room`. With binaries the body stays encoded, its text and then the binaries: what
 * Socket.IO's own parser takes for a placeholder is none of the application's.
 */
export function encodeRoomItem(
  room: string,
  { epoch, offset }: RoomPosition,
  body: Encoded | number,
): unknown[] {
  const parts = typeof body === 'object' ? body : [typeof body === 'string' ? decodePayload(body) : body]
  return [room, epoch, offset, ...parts]
}

/** Reads the arguments of the event `star-room`. Throws `ERR_BAD_FRAME`. */
export function parseRoomItem([room, epoch, offset, ...parts]: readonly unknown[]): RoomItem {
  const event = isEncoded(parts) ? decodePayload(parts) : parts[0]
  return { room: roomName(room), epoch: position.epoch(epoch), offset: positive(offset), body: body(event) }
}

/** A {@link RoomControl} as a payload of a session. */
export function encodeRoomControl(control: RoomControl): Payload {
  const [first, shape] = CONTROLS[control.kind]
  return [first, ...Object.keys(shape).map((key) => control[key as keyof RoomControl])]
}

/** Reads a payload that is neither event nor request nor response. Throws `ERR_BAD_FRAME`. */
export function parseRoomControl([number, ...parts]: readonly unknown[]): RoomControl {
  for (const [kind, [first, shape]] of Object.entries(CONTROLS)) {
    if (first === number) return { kind, ...shaped<object>(shape, (_, at) => parts[at]) } as RoomControl
  }
  return bad()
}
