/**
 * What one star allows (PROTOCOL.md, LIM-3). Whoever exceeds a limit is
 * answered `ERR_QUOTA`; nobody else notices.
 */
export interface StarQuotas {
  /** Addresses that one socket may have joined or be joining. */
  readonly addressesPerSocket: number
  /** Addresses online together. */
  readonly peers: number
  /** `ss-join` events a socket may send per second; a join with a challenge takes two. */
  readonly joinsPerSecond: number
  /** How many of them at once. */
  readonly joinBurst: number
  /** `ss-dial` events a socket may send per second. */
  readonly dialsPerSecond: number
  /** How many of them at once. */
  readonly dialBurst: number
  /** `ss-watch` events per second: each is answered with the whole peer list. */
  readonly watchesPerSecond: number
  /** How many of them at once. */
  readonly watchBurst: number
  /** Bytes of peer lists, the answers to `ss-watch`, that may wait on all sockets together. */
  readonly peerListBytes: number
  /** Streams, pending dials included, that a socket may have dialled; and as many that it was dialled for. */
  readonly streamsPerPeer: number
  /** Those among them that one socket may have to one other. */
  readonly streamsPerPair: number
  /** Bytes of one relayed frame. */
  readonly messageBytes: number
  /** Bytes that may wait on one socket before those that write to it are held back, and then cut. */
  readonly bytesInFlight: number
  /** Offences (LIM-4) that a socket is forgiven before it is disconnected. */
  readonly offences: number
  /** Offences that are forgotten per second. */
  readonly offencesForgottenPerSecond: number
}

/** The quotas of a star that was given none. */
export const DEFAULT_QUOTAS: StarQuotas = {
  addressesPerSocket: 16,
  peers: 100_000,
  joinsPerSecond: 20,
  joinBurst: 64,
  dialsPerSecond: 50,
  dialBurst: 200,
  watchesPerSecond: 2,
  watchBurst: 20,
  peerListBytes: 64 * 1024 * 1024,
  streamsPerPeer: 256,
  streamsPerPair: 64,
  messageBytes: 1_000_000,
  bytesInFlight: 4 * 1024 * 1024,
  offences: 100,
  offencesForgottenPerSecond: 5,
}

/** How long a dialled peer may take to answer, in milliseconds (DIAL-7). */
export const DEFAULT_DIAL_TIMEOUT_MS = 10_000
/** How long the `authenticate` hook may take, in milliseconds (JOIN-19). */
export const AUTHENTICATE_TIMEOUT_MS = 10_000
/** The ids of that many finished dials are remembered for each dialler, so that none is used again (DIAL-3). */
export const REMEMBERED_DIAL_IDS = 256
/** Bytes that may wait on a socket before discovery passes it over until they are gone (DISC-12). */
export const DISCOVERY_BACKLOG_BYTES = 1024 * 1024
/** The most arguments of one packet: a function call with more of them overflows the stack (LIM-5). */
export const MAX_PACKET_ARGUMENTS = 10_000
/** The most namespaces that one connection may ask for in one turn of the event loop (LIM-8). */
export const MAX_CONNECTS_AT_ONCE = 256
/** How many it may ask for while more than {@link UNREAD_CONNECT_BYTES} wait for it all along (LIM-8). */
export const MAX_UNREAD_CONNECTS = 256
/** Bytes that may wait for a connection before the namespaces that it asks for count (LIM-8). */
export const UNREAD_CONNECT_BYTES = 1024 * 1024
/** The longest name of a namespace, with its query, in UTF-16 units (LIM-8). */
export const MAX_NAMESPACE_LENGTH = 8_192
/** The most sockets, of all namespaces, that one connection may have, or have asked for and not left (LIM-8). */
export const MAX_SOCKETS_PER_CONNECTION = 512
/** How often a client of Engine.IO 3 may ping, on average (LIM-9), and always twice as often as `pingInterval` asks for. */
export const PINGS_PER_SECOND = 1
/** How many pings it may send at once (LIM-9). */
export const PING_BURST = 16
/** How often a WebSocket may ping while more than {@link UNREAD_PONG_BYTES} wait for it all along (LIM-10). */
export const MAX_UNREAD_PINGS = 10_000
/** Bytes that may wait for a WebSocket before its pings count (LIM-10). */
export const UNREAD_PONG_BYTES = 1024 * 1024
