import type { Encoded, MemoryRoomLog, RoomLog } from '@socket-star/protocol/session'

/** A log that answers at once: the order of a room's messages and a session's own is then that of the calls. */
export type LogNow = Pick<MemoryRoomLog<Encoded>, 'appendNow' | 'headNow'>

export function answersAtOnce(log: RoomLog<Encoded>): log is RoomLog<Encoded> & LogNow {
  return 'appendNow' in log && 'headNow' in log
}
