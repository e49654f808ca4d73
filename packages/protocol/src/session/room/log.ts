/**
 * A room is a log (PROTOCOL.md ROOM-1, ROOM-2): every message gets an offset,
 * and for a while it can be read again. Asynchronous, because a log may stand
 * in another process. Every implementation runs the contract suite in
 * `test/session/room/log-contract.ts`.
 */
import type { Payload } from '../wire/frame.ts'
import type { RoomPosition } from '../wire/room.ts'

/** Messages of a room that can be read again (ROOM-2). */
export const ROOM_HISTORY_MESSAGES = 1_024
/** Bytes of a room that can be read again (ROOM-2). */
export const ROOM_HISTORY_BYTES = 1_048_576
/**
 * Bytes of all rooms together that can be read again, each message counted with {@link ENTRY_OVERHEAD_BYTES} and, for each
 * member that it leaves out, {@link EXCEPT_BYTES} more; past it the quietest rooms lose their history first (ROOM-2).
 */
export const ROOM_LOG_BYTES = 134_217_728
/** What a message in a log takes beside its bytes (ROOM-2). */
export const ENTRY_OVERHEAD_BYTES = 128
/** What the id of a member takes that a message leaves out (ROOM-2). */
export const EXCEPT_BYTES = 64
/** Rooms in one log; past it the quietest is forgotten, and begins a new epoch when it is used again (ROOM-2). */
export const MAX_LOGGED_ROOMS = 65_536
/** Members that one message can leave out; one more throws `ERR_QUOTA` (ROOM-5). */
export const MAX_EXCEPT = 64

/**
 * A room message on its way into the log.
 *
 * @typeParam B the event, `[name, ...args]`, or an encoded form of it: a log never looks into it
 */
export interface RoomMessage<B = Payload> {
  readonly body: B
  /** What it weighs, in bytes. */
  readonly bytes: number
  /** Ids of members that are left out: they get a skip. */
  readonly except?: readonly string[]
}

/** A room message in the log. */
export interface RoomEntry<B = Payload> extends RoomMessage<B> {
  readonly offset: number
}

/** What came after a position, or that this cannot be told any more. */
export type RoomRead<B = Payload> = {
  readonly epoch: string
  /** Where the log ends now. */
  readonly head: number
} & (
  | /** The next entries, without a hole. */ {
      readonly is: 'entries'
      readonly entries: readonly RoomEntry<B>[]
    }
  /**
   * The position is of another epoch, is older than the history, or is ahead of the log. `behind`: the offset right
   * before the oldest message that can still be read, or of the log's end when the position is ahead of it.
   */
  | { readonly is: 'gap'; readonly behind: number }
)

/** The log of every room. */
export interface RoomLog<B = Payload> {
  /**
   * Appends a message and answers its position. Calls for one room take effect
   * in the order in which they were made. Rejects with `ERR_QUOTA` past {@link MAX_EXCEPT}.
   */
  append(room: string, message: RoomMessage<B>): Promise<RoomPosition>
  /** Where the room's log ends. A room that is not known begins here, at offset 0. */
  head(room: string): Promise<RoomPosition>
  /** At most `most` entries after a position. */
  read(room: string, after: RoomPosition, most: number): Promise<RoomRead<B>>
}
