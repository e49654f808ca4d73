/**
 * A rendezvous on an existing Socket.IO server.
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

// the middleware
export type { StarEnvironment } from './environment.ts'
export {
  AUTHENTICATE_TIMEOUT_MS,
  DEFAULT_DIAL_TIMEOUT_MS,
  DEFAULT_QUOTAS,
  type StarQuotas,
} from './limits.ts'
export { DROP_REASONS, type DropReason, type Outcome, type StarObserver, type StarStats } from './observer.ts'
export type { Authenticate, StarOptions } from './options.ts'
export type { ProxyTrust } from './security/proxy-trust.ts'
export type { AnyNamespace, AnySocket } from './socket-types.ts'
export { type Star, starMiddleware } from './star-middleware.ts'
