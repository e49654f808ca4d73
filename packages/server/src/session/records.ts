import { randomUUID } from 'node:crypto'
import {
  type Claim,
  type Encoded,
  type MemoryRoomLog,
  type RenewalReason,
  STATUS,
} from '@socket-star/protocol/session'
import type { Log } from '../log.ts'
import { MemoryStore } from '../store/memory-store.ts'
import type { Acquired, SessionStore, Tombstone } from '../store/session-store.ts'
import { claimState } from '../store/state-claim.ts'
import { takeState, writeState } from '../store/state-file.ts'
import type { SessionScope } from './scope.ts'
import type { ServerSession } from './session.ts'
import { SessionCore } from './session-core.ts'
import type { EndReason } from './types.ts'

export interface RecordsNeeds {
  readonly log: Log
  now(): number
  scope(): SessionScope
  /** Default: a store in this process' memory. */
  readonly store?: SessionStore | undefined
  readonly stateFile?: string | undefined
  /** This process' own log of rooms, when it has one: it is a part of the state file. */
  readonly roomLog: MemoryRoomLog<Encoded> | undefined
}

/** The sessions that this process owns, and the store that it has them from. */
export class SessionRecords {
  readonly #needs: RecordsNeeds
  readonly #store: SessionStore
  /** Names this process in the store. */
  readonly #node = randomUUID()
  readonly #byHash = new Map<string, SessionCore>()
  /** Those that the application has. */
  readonly #byId = new Map<string, ServerSession>()
  /** Those that nobody confirmed yet, oldest first. */
  readonly #unconfirmed = new Set<SessionCore>()
  #releaseFile = (): void => {}
  /** Look-ups under way, so that two sockets with one token do not fetch it twice. */
  readonly #fetching = new Map<string, Promise<SessionCore | Tombstone>>()

  constructor(needs: RecordsNeeds) {
    this.#needs = needs
    const memory = needs.store === undefined ? new MemoryStore(needs.now) : undefined
    this.#store = needs.store ?? (memory as MemoryStore)
    if (memory !== undefined) this.#restore(memory)
  }

  /** Sessions of all kinds, those that nobody confirmed included. */
  get count(): number {
    return this.#byHash.size
  }

  /** The same. */
  all(): Iterable<SessionCore> {
    return this.#byHash.values()
  }

  get size(): number {
    return this.#byId.size
  }

  get(id: string): ServerSession | undefined {
    return this.#byId.get(id)
  }

  [Symbol.iterator](): Iterator<ServerSession> {
    return this.#byId.values()
  }

  /** The session behind a token's hash, or what became of it. Rejects when the store does. */
  find(hash: string): SessionCore | Promise<SessionCore | Tombstone> {
    const known = this.#byHash.get(hash) ?? this.#fetching.get(hash)
    if (known !== undefined) return known
    const fetched = this.#fetch(hash).finally(() => this.#fetching.delete(hash))
    this.#fetching.set(hash, fetched)
    return fetched
  }

  /** A new session. Rejects when the store does. */
  async create(hash: string, holder: Claim, renewed: RenewalReason | undefined): Promise<SessionCore> {
    const fence = await this.#store.create(hash, this.#node)
    const start = { cause: 'new', renewed } as const
    const identity = { holder, confirmed: false }
    const session = new SessionCore(this.#needs.scope(), { id: randomUUID(), hash, identity, start, fence })
    this.#byHash.set(hash, session)
    this.#unconfirmed.add(session)
    return session
  }

  /** There are too many: gives up the oldest that its client never confirmed and has no socket for (HS-17). */
  makeRoom(): boolean {
    for (const session of this.#unconfirmed) {
      if (session.conduit.current !== undefined || session.identity.status === STATUS.PRECONNECTED) continue
      session.over('expired')
      return true
    }
    return false
  }

  /** The application has it from now on. */
  started(core: SessionCore): void {
    this.#unconfirmed.delete(core)
    this.#byId.set(core.id, core.session)
  }

  /** It is over, or this process lets go of it. */
  ended(session: SessionCore, reason: EndReason): void {
    this.#byHash.delete(session.hash)
    this.#unconfirmed.delete(session)
    this.#byId.delete(session.id)
    // what is released is written by whoever releases it
    if (reason === 'closed' || reason === 'moved') return
    const { settings } = this.#needs.scope()
    const tombstone = reason === 'expired' ? undefined : reason === 'state-lost' ? reason : 'ended'
    this.#store
      .end(session.hash, session.fence, tombstone, settings.resumeWindowMs)
      .catch((error) => this.#needs.log.error('star.store-failed', { error: String(error) }))
  }

  /** Writes a session while it goes on, when the store is durable (CH-7). */
  get save(): SessionScope['save'] {
    const store = this.#store
    return store.durable ? ({ hash, fence }, snapshot) => store.save(hash, fence, snapshot) : undefined
  }

  notWritten(session: SessionCore, error: unknown): void {
    this.#needs.log.error('star.session-not-written', { session: session.id, error: String(error) })
  }

  /** Lets go of every session: to its store or, with a state file, there. Rejects when the file cannot be written. */
  async close(): Promise<void> {
    const { stateFile, roomLog } = this.#needs
    const store = this.#store
    const releases = Array.from(this.#byHash.values(), (session) => this.#release(session))
    if (stateFile !== undefined && store instanceof MemoryStore) {
      const state = { sessions: store.dump(), rooms: roomLog?.snapshot() ?? [] }
      try {
        writeState(stateFile, state)
      } catch (error) {
        this.#needs.log.error('star.state-not-written', {
          file: stateFile,
          sessions: state.sessions.length,
          error: String(error),
        })
        throw error
      } finally {
        this.#releaseFile()
      }
      this.#needs.log.info('star.state-written', {
        sessions: state.sessions.length,
        rooms: state.rooms.length,
      })
    }
    await Promise.all(releases)
  }

  /** What the application put into `session.data` may be nothing that JSON can carry. Never rejects. */
  async #release(session: SessionCore): Promise<void> {
    try {
      const snapshot = session.release()
      if (snapshot === undefined) return
      await this.#store.release(
        session.hash,
        session.fence,
        snapshot,
        this.#needs.scope().settings.resumeWindowMs,
      )
    } catch (error) {
      this.notWritten(session, error)
    }
  }

  #restore(memory: MemoryStore): void {
    const { stateFile, log, roomLog } = this.#needs
    if (stateFile === undefined) return
    this.#releaseFile = claimState(stateFile)
    try {
      const state = takeState(stateFile)
      if (state === undefined) return
      memory.load(state.sessions)
      roomLog?.restore(state.rooms)
      log.info('star.state-restored', { sessions: state.sessions.length, rooms: state.rooms.length })
    } catch (error) {
      log.error('star.state-refused', { error: error instanceof Error ? error.message : String(error) })
    }
  }

  async #fetch(hash: string): Promise<SessionCore | Tombstone> {
    const acquired = await this.#store.acquire(hash, this.#node)
    switch (acquired.is) {
      case 'unknown':
        return 'unknown'
      case 'gone':
        return acquired.as
      case 'acquired': {
        const session = this.#revive(hash, acquired)
        if (session === undefined) {
          const { resumeWindowMs } = this.#needs.scope().settings
          await this.#store.end(hash, acquired.fence, 'state-lost', resumeWindowMs)
          return 'state-lost'
        }
        this.#byHash.set(hash, session)
        session.restored()
        return session
      }
      default:
        return acquired satisfies never
    }
  }

  /** The session of a snapshot; undefined without one, and for one that cannot be gone on from. */
  #revive(hash: string, { snapshot, fence, from }: Extract<Acquired, { is: 'acquired' }>) {
    // one that was never confirmed is nobody's: the application has not been told of it
    if (snapshot?.identity.confirmed !== true) return undefined
    const start = { cause: from === undefined ? 'restored' : 'moved' } as const
    const { id, identity } = snapshot
    try {
      return new SessionCore(this.#needs.scope(), { id, hash, identity, start, fence, snapshot })
    } catch (error) {
      this.#needs.log.error('star.session-not-read', { session: id, error: String(error) })
      return undefined
    }
  }
}
