import type { Listener } from '@socket-star/protocol/session'
import type { StarStats } from './observer.ts'
import type { StarOptions } from './options.ts'
import type { SessionCensus } from './session/census.ts'

import type {
  DefaultData,
  DefaultEvents,
  EventsMap,
  RoomEmitter,
  Session,
  SessionList,
  SessionStart,
} from './session/types.ts'
import type { AnyNamespace, AnySocket } from './socket-types.ts'
import { StarCore } from './star.ts'

/** What a star tells the application. */
export interface StarEvents<Listen extends EventsMap, Emit extends EventsMap, Data extends object> {
  /**
   * This process owns a session from now on. Listen to its events in here, before the first `await`: what the client
   * sent follows at once, and is not kept for whoever listens later.
   */
  session: (session: Session<Listen, Emit, Data>, start: SessionStart) => void
  /** A listener of the application threw, or what it returned was rejected. It is logged as well. */
  error: (error: unknown, session: Session<Listen, Emit, Data>) => void
}

/**
 * A star on one namespace of a Socket.IO server: a middleware for `use`, and
 * the object to ask and to close.
 *
 * @typeParam ListenEvents what clients emit to the application
 * @typeParam EmitEvents what the application emits to clients
 * @typeParam Data what {@link Session.data} holds
 */
export interface Star<
  ListenEvents extends EventsMap = DefaultEvents,
  EmitEvents extends EventsMap = DefaultEvents,
  Data extends object = DefaultData,
> {
  (socket: AnySocket, next: (error?: Error) => void): void
  /** Listens to what happens on the star. @throws StarError ERR_BAD_REQUEST for an event that there is not */
  on<Name extends keyof StarEvents<ListenEvents, EmitEvents, Data>>(
    event: Name,
    listener: StarEvents<ListenEvents, EmitEvents, Data>[Name],
  ): this
  once<Name extends keyof StarEvents<ListenEvents, EmitEvents, Data>>(
    event: Name,
    listener: StarEvents<ListenEvents, EmitEvents, Data>[Name],
  ): this
  off<Name extends keyof StarEvents<ListenEvents, EmitEvents, Data>>(
    event: Name,
    listener: StarEvents<ListenEvents, EmitEvents, Data>[Name],
  ): this
  /** The sessions that this process owns. */
  readonly sessions: SessionList<ListenEvents, EmitEvents, Data>
  /**
   * Emits to the members of rooms; who is away gets it when it comes back. Before the first socket came nobody is in
   * a room.
   * @throws StarError ERR_CLOSED after {@link close}
   */
  to(room: string | readonly string[]): RoomEmitter<EmitEvents>
  /**
   * Puts the star on a namespace (`io.of('/')` is the main one) before its first socket comes; `use` does so
   * with the first one. Needed where sockets may be recovered that this
   * process has never seen: they skip middleware.
   *
   * @throws StarError ERR_NAMESPACE
   */
  attach(namespace: AnyNamespace): void
  /**
   * Before a stop: asks every client to open another socket, and gives nobody a session any more. What was emitted
   * is not lost by it: the clients resume where the next server is, or here after a restart with a state file.
   */
  drain(): void
  /**
   * Ends every dial, forgets every peer, lets go of the sessions and of the namespace. With a state file
   * ({@link SessionOptions.stateFile}) the sessions and rooms are written there first, with a store of your own the
   * sessions there. All but the latter is done when this returns. The sockets stay connected. Rejects with the system's
   * error when the state file cannot be written.
   */
  close(): Promise<void>
  stats(): StarStats
  /** What its sessions and rooms are doing: a walk over all of them, for metrics. */
  census(): SessionCensus
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
export function starMiddleware<
  ListenEvents extends EventsMap = DefaultEvents,
  EmitEvents extends EventsMap = DefaultEvents,
  Data extends object = DefaultData,
>(options: StarOptions = {}): Star<ListenEvents, EmitEvents, Data> {
  const core = new StarCore(options)
  const middleware = (socket: AnySocket, next: (error?: Error) => void): void => {
    try {
      core.bind(socket.nsp)
    } catch (error) {
      next(core.refusal(error))
      return
    }
    next()
  }
  const star = Object.assign(middleware, {
    on: (event: string, listener: Listener) => {
      core.on(event, listener)
      return star
    },
    once: (event: string, listener: Listener) => {
      core.once(event, listener)
      return star
    },
    off: (event: string, listener: Listener) => {
      core.off(event, listener)
      return star
    },
    to: (room: string | readonly string[]) => core.to(room),
    attach: (namespace: AnyNamespace) => core.bind(namespace),
    drain: () => core.drain(),
    close: () => core.close(),
    stats: () => core.stats(),
    census: () => core.census(),
  })
  Object.defineProperty(star, 'sessions', { get: () => core.sessions })
  return star as unknown as Star<ListenEvents, EmitEvents, Data>
}
