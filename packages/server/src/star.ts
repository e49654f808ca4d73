import { errorToWire, explainErrors, isStarError, StarError } from '@socket-star/protocol'
import { CHALLENGE_TIMEOUT_MS } from '@socket-star/protocol/rendezvous'
import { type Listener, Listeners } from '@socket-star/protocol/session'
import { MAX_DELAY_MS } from '@socket-star/pull-stream'
import { callGuarded } from './call-guarded.ts'
import { checkStarListener } from './check-listener.ts'
import { checkStarOptions } from './check-star-options.ts'
import { CONSOLE_LOG } from './console-log.ts'
import { Counters } from './counters.ts'
import { SYSTEM_ENVIRONMENT } from './environment.ts'
import { DEFAULT_DIAL_TIMEOUT_MS, DEFAULT_QUOTAS } from './limits.ts'
import type { StarStats } from './observer.ts'
import type { StarOptions } from './options.ts'
import { Rendezvous, type RendezvousOptions } from './rendezvous/rendezvous.ts'
import { Admission } from './security/admission.ts'
import { PacketGuard } from './security/packet-guard.ts'
import { PingGuard } from './security/ping-guard.ts'
import { NO_CENSUS, type SessionCensus } from './session/census.ts'
import type { SessionRecords } from './session/records.ts'
import { type BroadcastNeeds, NOBODY, namesOf, RoomBroadcast } from './session/rooms/broadcast.ts'
import type { ServerSession } from './session/session.ts'
import { Sessions, type SessionsOptions } from './session/sessions.ts'
import type { AnyNamespace, AnySocket } from './socket-types.ts'
import { thrown } from './thrown.ts'
import { withDefaults } from './with-defaults.ts'

/** One star for each namespace: two would both answer. */
const taken = new WeakSet<AnyNamespace>()

interface Bound {
  readonly namespace: AnyNamespace
  readonly rendezvous: Rendezvous
  readonly sessions: Sessions
}

/** What {@link starMiddleware} does, apart from being a function. */
export class StarCore {
  readonly #counters: Counters
  readonly #guard: PacketGuard
  readonly #pings: PingGuard
  readonly #options: Omit<RendezvousOptions, 'namespace'>
  readonly #attach = (socket: AnySocket): void => this.#onSocket(socket)
  readonly #listeners = new Listeners()
  readonly #sessionsOptions: Omit<SessionsOptions, 'namespace'>
  #bound: Bound | undefined
  #saidOfBinding: string | undefined
  #closed = false

  constructor(options: StarOptions) {
    explainErrors()
    checkStarOptions(options)
    const environment = withDefaults(SYSTEM_ENVIRONMENT, options.environment)
    const log = options.log ?? CONSOLE_LOG
    this.#counters = new Counters(options.observer)
    const onViolation = (): void => this.#counters.drop('arguments')
    this.#guard = new PacketGuard(onViolation, () => environment.now())
    this.#pings = new PingGuard(onViolation)
    const admission = new Admission(options, { log, environment })
    this.#sessionsOptions = {
      admission,
      counters: this.#counters,
      environment,
      log,
      sessions: options.sessions ?? {},
      onSession: (session, start) => this.#tell('session', session, start),
      onError: (error, session) => this.#tell('error', error, session),
    }
    this.#options = {
      admission,
      challenge: options.challenge ?? true,
      challengeTimeoutMs: options.challengeTimeoutMs ?? CHALLENGE_TIMEOUT_MS,
      counters: this.#counters,
      // Socket.IO sets this timer itself
      dialTimeoutMs: Math.min(options.dialTimeoutMs ?? DEFAULT_DIAL_TIMEOUT_MS, MAX_DELAY_MS),
      environment,
      quotas: withDefaults(DEFAULT_QUOTAS, options.quotas),
      log,
      strictAddresses: options.strictAddresses ?? true,
    }
  }

  /**
   * @throws StarError ERR_NAMESPACE when this star, or another one, is on another namespace, or on this one;
   *   ERR_CONFIG when its state file is in use: nothing is bound then, and it may be tried again
   */
  bind(namespace: AnyNamespace): void {
    if (!(namespace?.sockets instanceof Map)) {
      throw new StarError('ERR_NAMESPACE', "a star is put on a namespace: the main one is io.of('/')")
    }
    if (this.#closed || this.#bound?.namespace === namespace) return
    if (this.#bound !== undefined) {
      const { name } = this.#bound.namespace
      // of another server, or made anew: an empty one goes with `cleanupEmptyChildNamespaces`
      const which = name === namespace.name ? `another ${name}, or an earlier one` : name
      throw new StarError(
        'ERR_NAMESPACE',
        `this star serves ${which}; make another starMiddleware() for ${namespace.name}`,
      )
    }
    if (taken.has(namespace)) throw new StarError('ERR_NAMESPACE', `${namespace.name} has a star already`)
    const sessions = new Sessions({ ...this.#sessionsOptions, namespace })
    taken.add(namespace)
    this.#guard.watchServer(namespace.server)
    this.#pings.watchServer(namespace.server)
    this.#bound = {
      namespace,
      rendezvous: new Rendezvous({ ...this.#options, namespace }),
      sessions,
    }
    // recovered sockets skip middleware, so that everything begins at this event (NET-4)
    namespace.on('connection', this.#attach)
    for (const socket of namespace.sockets.values()) this.#onSocket(socket)
  }

  /**
   * What a middleware answers a socket for which {@link bind} threw: `connect_error` gets the code in `data`. Why the
   * star cannot begin is the operator's to read, and told once; whoever asks again later may be let in.
   */
  refusal(error: unknown): Error {
    const text = String(error)
    if (isStarError(error) && error.code === 'ERR_NAMESPACE') return connectError(error, { code: error.code })
    if (text !== this.#saidOfBinding) this.#options.log.error('star.not-started', { error: text })
    this.#saidOfBinding = text
    return connectError(new StarError('ERR_CONFIG'), { code: 'ERR_CONFIG', retryable: true })
  }

  async close(): Promise<void> {
    this.#closed = true
    const bound = this.#bound
    if (bound === undefined) return
    this.#bound = undefined
    bound.namespace.off('connection', this.#attach)
    this.#guard.close()
    this.#pings.close()
    bound.rendezvous.close()
    taken.delete(bound.namespace)
    await bound.sessions.close()
  }

  /** @throws StarError ERR_BAD_REQUEST for an event that there is not, and for what cannot be called */
  on(event: string, listener: Listener): void {
    checkStarListener(event, listener)
    this.#listeners.add(event, listener)
  }

  /** @throws as {@link on} */
  once(event: string, listener: Listener): void {
    checkStarListener(event, listener)
    this.#listeners.addOnce(event, listener)
  }

  off(event: string, listener: Listener): void {
    this.#listeners.remove(event, listener)
  }

  drain(): void {
    this.#bound?.sessions.drain()
  }

  /** The sessions that this process owns; none before the first socket. */
  get sessions(): Iterable<ServerSession> & Pick<SessionRecords, 'get' | 'size'> {
    return this.#bound?.sessions.records ?? NO_SESSIONS
  }

  /** @throws StarError ERR_CLOSED, ERR_BAD_REQUEST for what cannot name a room */
  to(room: string | readonly string[]): RoomBroadcast {
    if (this.#closed) throw new StarError('ERR_CLOSED', 'the star is closed')
    const rooms = (): BroadcastNeeds => this.#bound?.sessions.broadcast ?? NOBODY
    return new RoomBroadcast(
      { hub: () => rooms().hub(), encode: (message) => rooms().encode(message) },
      namesOf(room),
    )
  }

  stats(): StarStats {
    const census = this.#bound?.rendezvous.census() ?? { peers: 0, sockets: 0, watchers: 0 }
    return this.#counters.snapshot({ ...census, sessions: this.sessions.size })
  }

  census(): SessionCensus {
    return this.#bound?.sessions.census() ?? NO_CENSUS
  }

  #onSocket(socket: AnySocket): void {
    // an earlier listener of the host's ended it: there will be no other word of that
    if (!socket.connected) return
    this.#guard.watch(socket)
    this.#pings.watch(socket)
    this.#bound?.rendezvous.attach(socket)
    this.#bound?.sessions.attach(socket)
  }

  /** A listener of the application that throws does not stop the star. */
  #tell(event: string, ...args: unknown[]): void {
    for (const listener of this.#listeners.of(event)) {
      callGuarded(
        () => listener(...args),
        (error) =>
          this.#sessionsOptions.log.error('star.handler-failed', { handler: event, ...thrown(error) }),
      )
    }
  }
}

const NO_SESSIONS: StarCore['sessions'] = {
  size: 0,
  get: () => undefined,
  [Symbol.iterator]: () => [][Symbol.iterator](),
}

/** An error as a middleware hands it to Socket.IO. */
function connectError(error: StarError, data: object): Error {
  return Object.assign(new Error(errorToWire(error)), { data })
}
