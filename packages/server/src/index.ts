/**
 * Sessions and a rendezvous on an existing Socket.IO server.
 *
 * ```ts
 * import { createServer } from 'node:http'
 * import { Server } from 'socket.io'
 * import { starMiddleware } from '@socket-star/server'
 *
 * const http = createServer()
 * const io = new Server(http, { allowEIO3: true }) // legacy clients speak Engine.IO 3
 * io.use(starMiddleware())
 * http.listen(9090)
 * ```
 *
 * @packageDocumentation
 */

export { type ErrorCode, isStarError, StarError } from '@socket-star/protocol'
export { type SessionEmitter, STATUS, type Status, type TimedEmitter } from '@socket-star/protocol/session'
// the middleware
export type { StarEnvironment } from './environment.ts'
// the ready-made server
export type { TlsMaterial } from './http/listener.ts'
export { createStarServer } from './http/star-server.ts'
export {
  DEFAULT_DRAIN_TIMEOUT_MS,
  DEFAULT_MAX_HTTP_BUFFER_BYTES,
  LEAST_HTTP_BUFFER_BYTES,
  type StarServer,
  type StarServerOptions,
} from './http/star-server-options.ts'
export {
  AUTHENTICATE_TIMEOUT_MS,
  DEFAULT_DIAL_TIMEOUT_MS,
  DEFAULT_QUOTAS,
  type StarQuotas,
} from './limits.ts'
export {
  createLog,
  LOG_LEVELS,
  type Log,
  type LogFields,
  type LogLevel,
  type LogOptions,
  SILENT_LOG,
} from './log.ts'
export {
  DROP_REASONS,
  type DropReason,
  EVICTION_REASONS,
  type EvictionReason,
  type Outcome,
  type StarObserver,
  type StarStats,
} from './observer.ts'
export type { Authenticate, StarOptions } from './options.ts'
export type { ProxyTrust } from './security/proxy-trust.ts'
// sessions
export type { SessionCensus } from './session/census.ts'
export {
  DEFAULT_MAX_SESSIONS,
  DEFAULT_TOTAL_BACKLOG_BYTES,
  type SessionLimits,
  type SessionOptions,
} from './session/settings.ts'
export type {
  DefaultData,
  DefaultEvents,
  EndReason,
  EventsMap,
  RoomEmitter,
  Session,
  SessionCause,
  SessionEvents,
  SessionList,
  SessionStart,
} from './session/types.ts'
export type { AnyNamespace, AnySocket } from './socket-types.ts'
export { type Star, type StarEvents, starMiddleware } from './star-middleware.ts'
// stores
export { MAX_RESTING, MemoryStore } from './store/memory-store.ts'
export type {
  Acquired,
  ExpiredSession,
  SessionSnapshot,
  SessionStore,
  Tombstone,
} from './store/session-store.ts'
