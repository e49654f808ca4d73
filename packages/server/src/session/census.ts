import { type MemoryRoomLog, type StatusName, statusName } from '@socket-star/protocol/session'
import type { RoomHub } from './rooms/hub.ts'
import type { SessionCore } from './session-core.ts'

/** What the sessions of a star are doing now. */
export interface SessionCensus {
  /** Sessions by status (HS-1), those that nobody confirmed yet included. */
  readonly statuses: Readonly<Partial<Record<StatusName, number>>>
  /** Messages that were emitted to clients and that they have not acknowledged. */
  readonly bufferedMessages: number
  /** The same in bytes. */
  readonly bufferedBytes: number
  /** Messages of clients that a listener is still at work on: what it returned has not settled. */
  readonly working: number
  /** Rooms that a session of this process is in. */
  readonly rooms: number
  /** Memberships of this process' sessions. */
  readonly roomMembers: number
  /** Rooms with a log in this process' memory; 0 with a log of your own. */
  readonly roomLogs: number
  /** Bytes of room messages that can be read again there. */
  readonly roomLogBytes: number
}

/** A star that has no sessions. */
export const NO_CENSUS: SessionCensus = {
  statuses: {},
  bufferedMessages: 0,
  bufferedBytes: 0,
  working: 0,
  rooms: 0,
  roomMembers: 0,
  roomLogs: 0,
  roomLogBytes: 0,
}

export function takeCensus(
  sessions: Iterable<SessionCore>,
  hub: RoomHub,
  roomLog: Pick<MemoryRoomLog, 'rooms' | 'bytes'> | undefined,
): SessionCensus {
  const statuses: Partial<Record<StatusName, number>> = {}
  let bufferedMessages = 0
  let bufferedBytes = 0
  let working = 0
  for (const { identity, conduit } of sessions) {
    const name = statusName(identity.status)
    statuses[name] = (statuses[name] ?? 0) + 1
    bufferedMessages += conduit.channel.bufferedMessages
    bufferedBytes += conduit.channel.bufferedBytes
    working += conduit.channel.received - conduit.channel.consumed
  }
  return {
    statuses,
    bufferedMessages,
    bufferedBytes,
    working,
    rooms: hub.rooms,
    roomMembers: hub.members,
    roomLogs: roomLog?.rooms ?? 0,
    roomLogBytes: roomLog?.bytes ?? 0,
  }
}
