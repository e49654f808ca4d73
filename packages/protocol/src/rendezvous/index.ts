/**
 * The rendezvous without I/O (PROTOCOL.md, JOIN, DISC and DIAL clauses): event
 * names and signatures, readers for everything that arrives, the join challenge.
 *
 * @packageDocumentation
 */
export { decodeAddresses, encodeAddresses } from './address-list.ts'
export {
  type Capabilities,
  type DialReply,
  EVENTS,
  type JoinReply,
  type JoinRequestOptions,
  type KnownList,
  type ListWish,
  type PeersDelta,
  type PeersSnapshot,
  type RendezvousClientToServer,
  type RendezvousServerToClient,
  type WatchReply,
  type WireError,
} from './events.ts'
export { type ChallengeStep, JoinChallenge } from './join-challenge.ts'
export { decodeJoinData, encodeJoinData } from './join-data.ts'
export {
  CHALLENGE_TIMEOUT_MS,
  MAX_DIAL_ID_LENGTH,
  MAX_FEATURES,
  MAX_JOIN_DATA_LENGTH,
  MAX_JOIN_PEERS,
  MAX_LEGACY_JOIN_PEERS,
  MAX_LIST_CHARACTERS,
  MAX_LIST_ID_LENGTH,
  MAX_NONCE_LENGTH,
  MAX_PEERS,
} from './limits.ts'
export { checkNonce, createNonce, isOwnNonce, NONCE_DOMAIN, NONCE_RANDOM_BYTES } from './nonce.ts'
export {
  type JoinOutcome,
  listVersionIn,
  type PeersUpdate,
  parseCapabilities,
  parseJoinReply,
  parsePeers,
  parsePlainReply,
  parseWatchReply,
} from './replies.ts'
export {
  parseDial,
  parseIncoming,
  parseJoin,
  parseLeave,
  parseLeft,
  parsePeer,
  parseWatch,
  replyIn,
} from './requests.ts'
