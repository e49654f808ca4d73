/**
 * Sessions without I/O (PROTOCOL.md, HS, SES and ROOM clauses): the dop
 * handshake, the identities that outlive sockets, the wire beside the Channel,
 * liveness, requests, rooms.
 *
 * @packageDocumentation
 */
export { type Admission, admit, type Claim, type Standing } from './admission.ts'
export type { ClientDriver } from './client-driver.ts'
export { ClientIdentity } from './client-identity.ts'
export { Asking, type Waiting, waitIn, waitWith } from './drive/asking.ts'
export { Conduit, type ConduitChannel, type ConduitOwner } from './drive/conduit.ts'
export type { ConduitLink } from './drive/conduit-link.ts'
export type {
  AllButLast,
  AnsweredNames,
  EventsMap,
  FirstAnswer,
  Last,
  Names,
  Params,
  TimedParams,
  UnansweredParams,
} from './drive/events-map.ts'
export type { Flushable, FlushTurn } from './drive/flush-turn.ts'
export { Flushes } from './drive/flushes.ts'
export { Incoming, interrupted } from './drive/incoming.ts'
export { type Listener, Listeners } from './drive/listeners.ts'
export type { SessionEmitter, TimedEmitter } from './drive/session-emitter.ts'
export { ASLEEP, type Sleeper, type Waker } from './drive/sleeper.ts'
export { type Unacknowledged, unacknowledgedIn } from './drive/unacknowledged.ts'
export {
  type Due,
  Watched,
  type WatchTimes,
} from './drive/watched.ts'
export {
  type Connected,
  Handshake,
  type HandshakeParty,
  type Tokens,
} from './handshake.ts'
export {
  CLIENT_HANDSHAKE,
  type HandshakeAction,
  type HandshakeEvent,
  type HandshakeTable,
} from './handshake-table.ts'
export { CLIENT_LIFE, type LifeEvent, type LifeTable, SERVER_LIFE } from './life-table.ts'
export {
  ANSWER_MS,
  DEFAULT_MESSAGE_BYTES,
  HEARTBEAT_MS,
  MAX_AHEAD,
  MAX_ATTACHMENTS,
  MAX_DRAINING,
  MAX_ELEMENTS,
  MAX_EPOCH_LENGTH,
  MAX_EVENT_NAME,
  MAX_FOLLOWED_ROOMS,
  MAX_FRUITLESS,
  MAX_ID_LENGTH,
  MAX_OWNER_LENGTH,
  MAX_REPLAY_BODIES,
  MAX_REQUESTS,
  MAX_RESPONSES,
  MAX_ROOM_NAME,
  RESUME_WINDOW_MS,
  SLOW_LINK_BYTES_PER_SECOND,
  UNCONFIRMED_MS,
} from './limits.ts'
export {
  type FollowerInput,
  type FollowerParty,
  RoomFollower,
} from './room/follower.ts'
export {
  MAX_EXCEPT,
  MAX_LOGGED_ROOMS,
  ROOM_HISTORY_BYTES,
  ROOM_HISTORY_MESSAGES,
  ROOM_LOG_BYTES,
  type RoomEntry,
  type RoomLog,
  type RoomMessage,
  type RoomRead,
} from './room/log.ts'
export { MemoryRoomLog, type MemoryRoomLogOptions, type RoomSnapshot } from './room/memory-log.ts'
export { bodiesFor, type RoomAnswer, replay } from './room/replay.ts'
export {
  type Answer,
  MAX_WAITING_TOKENS,
  type Question,
  ServerHandshake,
  type ServerHandshakeInit,
  type ServerHandshakeOutput,
} from './server-handshake.ts'
export { SERVER_HANDSHAKE } from './server-handshake-table.ts'
export {
  ServerIdentity,
  type ServerIdentityOptions,
  type ServerIdentitySnapshot,
  type ServerOutput,
  type SocketId,
} from './server-identity.ts'
export { CONNECTED, OPEN, STATUS, type Status, type StatusName, statusName } from './status.ts'
export { createToken, isToken, mergeTokens, TOKEN_BYTES, TOKEN_LENGTH } from './token.ts'
export {
  type Announcement,
  parseAnnouncement,
} from './wire/announcement.ts'
export {
  CLOSE_REASONS,
  type Close,
  type CloseReason,
  encodeClose,
  parseClose,
} from './wire/close.ts'
export {
  eventNameOf,
  isEventName,
  OWN_EVENTS,
  SOCKET_IO_EVENTS,
  unanswered,
} from './wire/event-name.ts'
export {
  AUTH_KEY,
  CLOSE_EVENT,
  DOP_EVENT,
  FRAME_EVENT,
  SESSION_EVENTS,
  SESSION_VERSION,
  VOLATILE_EVENT,
} from './wire/events.ts'
export { decodeFrame, encodeFrame, type Payload } from './wire/frame.ts'
export {
  encodeFailure,
  encodeLeft,
  encodeRequest,
  encodeResponse,
  MESSAGE,
  type Message,
  parseAside,
  parseMessage,
} from './wire/message.ts'
export {
  type Binary,
  decodePayload,
  type Encoded,
  encodePayload,
  isEncoded,
  PAYLOAD_MEASURE,
  payloadAttachments,
  payloadBytes,
  wireBytes,
} from './wire/payload.ts'
export {
  encodeRoom,
  encodeRoomItem,
  type RoomBody,
  type RoomNews,
  type RoomPlace,
  type RoomPosition,
  type RoomQuestion,
  roomName,
} from './wire/room.ts'
export {
  encodeWelcome,
  RENEWAL_REASONS,
  type RenewalReason,
  type SessionParameters,
  type Welcome,
} from './wire/welcome.ts'
