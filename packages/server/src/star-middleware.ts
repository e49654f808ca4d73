import type { DefaultEventsMap } from 'socket.io'
import type { StarStats } from './observer.ts'
import type { StarOptions } from './options.ts'
import type { AnyNamespace, AnySocket } from './socket-types.ts'
import { connectError, StarCore } from './star.ts'

/**
 * A star on one namespace of a Socket.IO server: a middleware for `use`, and
 * the object to ask and to close.
 *
 * @typeParam ListenEvents what clients emit to the application
 * @typeParam EmitEvents what the application emits to clients
 */
export interface Star<ListenEvents = DefaultEventsMap, EmitEvents = DefaultEventsMap> {
  (socket: AnySocket, next: (error?: Error) => void): void
  /**
   * Puts the star on a namespace (`io.of('/')` is the main one) before its first socket comes; `use` does so
   * with the first one. Needed where sockets may be recovered that this
   * process has never seen: they skip middleware.
   *
   * @throws StarError ERR_NAMESPACE
   */
  attach(namespace: AnyNamespace): void
  /** Ends every dial, forgets every peer and lets the namespace go. The sockets stay connected. */
  close(): void
  stats(): StarStats
  /** The event maps, for type checks alone; never set. */
  readonly events?: { readonly listen: ListenEvents; readonly emit: EmitEvents }
}

/**
 * Makes a star: the rendezvous of a namespace, as a Socket.IO middleware.
 *
 * ```ts
 * const star = starMiddleware()
 * io.use(star) // or io.of('/peers').use(star); one star a namespace
 * ```
 *
 * Clients that never emit an event of the suite are not touched. Used on a
 * second namespace, a star refuses that namespace's sockets with
 * ERR_NAMESPACE.
 *
 * @throws StarError ERR_CONFIG when the options cannot be used, or leave production open by accident (JOIN-19)
 */
export function starMiddleware<ListenEvents = DefaultEventsMap, EmitEvents = DefaultEventsMap>(
  options: StarOptions = {},
): Star<ListenEvents, EmitEvents> {
  const core = new StarCore(options)
  const middleware = (socket: AnySocket, next: (error?: Error) => void): void => {
    try {
      core.bind(socket.nsp)
    } catch (error) {
      next(connectError(error))
      return
    }
    next()
  }
  return Object.assign(middleware, {
    attach: (namespace: AnyNamespace) => core.bind(namespace),
    close: () => core.close(),
    stats: () => core.stats(),
  })
}
