import { createToken, type Encoded, MemoryRoomLog, type RoomLog } from '@socket-star/protocol/session'
import type { Counters } from '../counters.ts'
import type { StarEnvironment } from '../environment.ts'
import type { Feature } from '../feature.ts'
import type { Log } from '../log.ts'
import type { Admission } from '../security/admission.ts'
import type { AnyNamespace, AnySocket } from '../socket-types.ts'
import { thrown } from '../thrown.ts'
import { Alarms } from './alarms.ts'
import { type SessionCensus, takeCensus } from './census.ts'
import { encodeWithin, withoutCallback } from './encoding.ts'
import { Entrance } from './entrance.ts'
import { Reception } from './reception.ts'
import { SessionRecords } from './records.ts'
import { type BroadcastNeeds, namesOf, RoomBroadcast } from './rooms/broadcast.ts'
import { RoomHub } from './rooms/hub.ts'
import type { SessionScope } from './scope.ts'
import type { ServerSession } from './session.ts'
import type { SessionCore } from './session-core.ts'
import { type SessionOptions, sessionSettings } from './settings.ts'
import { TotalBacklog } from './total-backlog.ts'
import { Turn } from './turn.ts'
import type { SessionStart } from './types.ts'

export interface SessionsOptions {
  readonly admission: Admission
  readonly counters: Counters
  readonly environment: StarEnvironment
  readonly log: Log
  readonly namespace: AnyNamespace
  readonly sessions: SessionOptions
  onSession(session: ServerSession, start: SessionStart): void
  onError(error: unknown, session: ServerSession): void
}

const FEATURES: readonly string[] = ['rooms']
/** Random bytes in the epoch of a room. */
const EPOCH_BYTES = 12

/** The sessions of one namespace (HS and SES clauses): who comes, what it gets, and what becomes of it. */
export class Sessions implements Feature {
  readonly #options: SessionsOptions
  readonly #records: SessionRecords
  readonly #reception: Reception
  readonly #roomLog: RoomLog<Encoded>
  readonly #memoryLog: MemoryRoomLog<Encoded> | undefined
  readonly #alarms: Alarms
  readonly #turn: Turn
  readonly #totalBacklog: TotalBacklog
  readonly #entrance: Entrance
  #scope: SessionScope | undefined
  #closed = false

  constructor(options: SessionsOptions) {
    const { environment } = options
    this.#options = options
    const failed = (error: unknown): void =>
      options.log.error('star.internal', { request: 'flush', ...thrown(error) })
    this.#alarms = new Alarms(environment, failed)
    this.#turn = new Turn(() => environment.now(), failed)
    const { maxSessions, roomLog, stateFile, store } = options.sessions
    const newEpoch = (): string => createToken(environment.randomBytes(EPOCH_BYTES))
    this.#memoryLog = roomLog === undefined ? new MemoryRoomLog<Encoded>({ newEpoch }) : undefined
    this.#roomLog = roomLog ?? (this.#memoryLog as RoomLog<Encoded>)
    this.#records = new SessionRecords({
      log: options.log,
      environment,
      scope: () => this.#shared,
      store,
      stateFile,
      maxSessions,
      roomLog: this.#memoryLog,
    })
    this.#totalBacklog = new TotalBacklog({
      most: () => this.#shared.settings.totalBacklogBytes,
      sessions: () => this.#records.all(),
      holder: (session) => this.#holder(session),
      gaveWay: (ended, bytes) => {
        options.log.warn('star.backlog-full', { sessions: ended, bytes })
        for (let n = 0; n < ended; n++) options.counters.eviction('backlog')
      },
    })
    this.#entrance = new Entrance({
      ...options,
      reception: () => this.#reception,
      times: () => this.#shared.settings,
    })
    this.#reception = new Reception({
      admission: options.admission,
      counters: options.counters,
      environment,
      records: this.#records,
      isOpen: () => !this.#closed,
      maxSessions: () => this.#shared.settings.maxSessions,
      entrance: this.#entrance,
    })
  }

  get records(): SessionRecords {
    return this.#records
  }

  /** What emits to rooms. */
  get broadcast(): BroadcastNeeds {
    return {
      hub: () => this.#shared.hub,
      encode: (message) => encodeWithin(withoutCallback(message), this.#shared.settings.maxMessageBytes),
    }
  }

  attach(socket: AnySocket): void {
    this.#entrance.attach(socket)
  }

  census(): SessionCensus {
    return takeCensus(this.#records.all(), this.#shared.hub, this.#memoryLog)
  }

  /** Rejects when what rests cannot be written. */
  async close(): Promise<void> {
    this.#closed = true
    const written = this.#records.close()
    this.#entrance.close()
    this.#alarms.close()
    await written
  }

  /** Asks every client to go elsewhere, or to come back: nobody gets a session here any more. */
  drain(): void {
    this.#closed = true
    this.#options.log.info('star.sessions-drained', { sessions: this.#records.count })
    for (const session of this.#records.all()) session.drain()
  }

  /** Whom a session is counted for: one with a socket for whoever that comes from. */
  #holder(session: SessionCore): string {
    const link = session.conduit.current
    if (link === undefined) return this.#records.holderOf(session)
    // an address is read from text, and all of them are asked at once
    link.holder ??= this.#options.admission.holder(link.socket, link.claim.principal)
    return link.holder
  }

  get #shared(): SessionScope {
    this.#scope ??= this.#makeScope()
    return this.#scope
  }

  #makeScope(): SessionScope {
    const { counters, environment, namespace, sessions, log, onError, onSession } = this.#options
    const settings = sessionSettings(sessions, namespace)
    const { windowMessages, windowBytes, backlogMessages, backlogBytes } = settings
    const hub = new RoomHub({
      namespace,
      log: this.#roomLog,
      now: () => environment.now(),
      failed: (error) => log.error('star.room-log-failed', { error: String(error) }),
    })
    return {
      environment,
      settings,
      alarms: this.#alarms,
      turn: this.#turn,
      totalBacklog: this.#totalBacklog,
      channelOptions: { windowMessages, windowBytes, backlogMessages, backlogBytes },
      features: FEATURES,
      hub,
      save: this.#records.save,
      to: (room) => new RoomBroadcast(this.broadcast, namesOf(room)),
      entrance: this.#entrance,
      started: (session, start) => {
        this.#records.started(session)
        if (start.renewed !== undefined) counters.renewal(start.renewed)
        onSession(session.session, start)
      },
      ended: (session, reason) => this.#records.ended(session, reason),
      rests: (session, { socket, claim }) =>
        this.#records.rests(session, this.#options.admission.holder(socket, claim.principal)),
      awake: (session) => this.#records.awake(session),
      notWritten: (session, error) => this.#records.notWritten(session, error),
      failed: ({ id, session }, error, handler) => {
        log.error('star.handler-failed', { session: id, handler, ...thrown(error) })
        onError(error, session)
      },
    }
  }
}
