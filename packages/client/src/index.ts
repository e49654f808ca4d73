/**
 * The client of socket-star: {@link wrap} a Socket.IO client and {@link joinStar}
 * peers on it. An application that only wraps bundles nothing of the peers.
 *
 * @example
 * ```ts
 * import { generateKeyPair } from '@libp2p/crypto/keys'
 * import { joinStar, wrap } from '@socket-star/client'
 * import { io } from 'socket.io-client'
 *
 * const star = wrap(io('http://127.0.0.1:9090'))
 * const peer = await joinStar(star, '/ip4/127.0.0.1/tcp/9090/ws/p2p-websocket-star', {
 *   privateKey: await generateKeyPair('Ed25519'),
 * })
 * peer.on('stream', (stream) => stream.sink(stream.source)) // echo
 * ```
 *
 * @packageDocumentation
 */
export { type ErrorCode, isStarError, StarError } from '@socket-star/protocol'
export { type SessionEmitter, STATUS, type Status, type TimedEmitter } from '@socket-star/protocol/session'
export type { EventArgs, EventMap, EventName, Listenable } from './emitter.ts'
export type { Env } from './env.ts'
export type { ClientSocket, DefaultEvents, WrapOptions } from './options.ts'
export type { PeerDropReason, PeerDrops } from './peers/drops.ts'
export { type JoinOptions, joinStar } from './peers/join-star.ts'
export * from './peers/limits.ts'
export type {
  DialOptions,
  IncomingInfo,
  Peer,
  PeerEvents,
  PeerStatus,
  PeerStream,
  PeerStreamOptions,
} from './peers/types.ts'
export * from './session/limits.ts'
export type { CycleTimes } from './session/sockets.ts'
export type { TabEnv } from './session/tab.ts'
export type {
  ClientEndReason,
  Refusal,
  Renewal,
  RenewReason,
  SocketReservedEvents,
  StarSession,
  StarSocketEvents,
} from './session/types.ts'
export { type StarSocket, wrap } from './wrap.ts'
