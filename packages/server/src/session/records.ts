import { randomUUID } from 'node:crypto'
import { StarError } from '@socket-star/protocol'
import type { Claim, Encoded, MemoryRoomLog, RenewalReason } from '@socket-star/protocol/session'
import type { StarEnvironment } from '../environment.ts'
import type { Log } from '../log.ts'
import type { EvictionReason } from '../observer.ts'
import { MAX_RESTING, MemoryStore } from '../store/memory-store.ts'
import type { Acquired, SessionStore, Tombstone } from '../store/session-store.ts'
import { Expiry } from './expiry.ts'
import { KeptState } from './kept-state.ts'
import { Resting } from './resting.ts'
import type { SessionScope } from './scope.ts'
import type { ServerSession } from './session.ts'
import { SessionCore } from './session-core.ts'
import type { EndReason } from './types.ts'

export interface RecordsNeeds {
  readonly log: Log
  readonly environment: StarEnvironment
  scope(): SessionScope
  /** Default: a store in this process' memory. */
  readonly store?: SessionStore | undefined
  readonly stateFile?: string | undefined
  readonly maxSessions?: number | undefined
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
  readonly #resting = new Resting()
  /** New ones that the store has not made yet. */
  #creating = 0
  readonly #expiry: Expiry | undefined
  readonly #kept: KeptState | undefined
  /** Look-ups under way, so that two sockets with one token do not fetch it twice. */
  readonly #fetching = new Map<string, Promise<SessionCore | Tombstone>>()

  constructor(needs: RecordsNeeds) {
    this.#needs = needs
    const { environment, log, roomLog, stateFile, store } = needs
    // all of them rest there when the star is closed
    const most = Math.max(MAX_RESTING, needs.maxSessions ?? 0)
    const memory = store ?? new MemoryStore(() => environment.now(), most)
    this.#store = memory
    if (stateFile !== undefined && memory instanceof MemoryStore) {
      this.#kept = new KeptState({ file: stateFile, log, store: memory, roomLog })
    }
    // nothing comes to rest in a store of a star's own while it runs
    if (memory === store || this.#kept?.hasSessions) this.#expiry = this.#newExpiry()
  }

  /** Sessions of all kinds, those that nobody confirmed and those on their way included. */
  get count(): number {
    return this.#byHash.size + this.#creating
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
    this.#creating += 1
    let fence: number
    try {
      fence = await this.#asked(() => this.#store.create(hash, this.#node))
    } finally {
      this.#creating -= 1
    }
    const start = { cause: 'new', renewed } as const
    const identity = { holder, confirmed: false }
    const session = new SessionCore(this.#needs.scope(), { id: randomUUID(), hash, identity, start, fence })
    this.#byHash.set(hash, session)
    return session
  }

  /** There are too many: ends the one that gives way to a new one, and says why that one (HS-19). */
  makeRoom(): EvictionReason | undefined {
    const eviction = this.#resting.next()
    eviction?.session.life.end('expired')
    return eviction?.reason
  }

  /** It has no socket. `holder`: whom it is counted for. */
  rests(session: SessionCore, holder: string): void {
    this.#resting.add(session, holder, this.#byId.has(session.id))
  }

  /** Whom a session that rests is counted for; one that was restored for nobody else. */
  holderOf(session: SessionCore): string {
    return this.#resting.holderOf(session) ?? session.id
  }

  /** It is on a socket again. */
  awake(session: SessionCore): void {
    this.#resting.delete(session)
  }

  /** What the store answers. Rejects with ERR_SESSION_REFUSED when it fails. */
  async #asked<T>(ask: () => Promise<T>): Promise<T> {
    try {
      return await ask()
    } catch (cause) {
      this.#needs.log.error('star.store-failed', { error: String(cause) })
      throw new StarError('ERR_SESSION_REFUSED', 'the store failed', { cause })
    }
  }

  /** The application has it from now on. */
  started(core: SessionCore): void {
    this.#resting.delete(core)
    this.#byId.set(core.id, core.session)
  }

  /** It is over, or this process lets go of it. */
  ended(session: SessionCore, reason: EndReason): void {
    this.#byHash.delete(session.hash)
    this.#resting.delete(session)
    this.#byId.delete(session.id)
    // what is released is written by whoever releases it
    if (reason === 'closed' || reason === 'moved') return
    const tombstone = tombstoneOf(reason)
    void this.#over(session.hash, session.fence, tombstone)
  }

  /** Never rejects. */
  async #over(hash: string, fence: number, tombstone: Tombstone | undefined): Promise<void> {
    try {
      await this.#store.end(hash, fence, tombstone, this.#needs.scope().settings.resumeWindowMs)
    } catch (error) {
      this.#needs.log.error('star.store-failed', { error: String(error) })
    }
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
    this.#expiry?.close()
    const releases = Array.from(this.#byHash.values(), (session) => this.#release(session))
    this.#kept?.write()
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

  /** Ends what nobody came back for: the application has it, and then the end of it. */
  #newExpiry(): Expiry {
    const { environment, log } = this.#needs
    return new Expiry({
      environment,
      store: this.#store,
      node: this.#node,
      expire: ({ hash, fence, snapshot }) => {
        const session = this.#adopt(hash, { is: 'acquired', fence, snapshot, from: undefined })
        if (session === undefined) void this.#over(hash, fence, undefined)
        else session.life.end('expired')
      },
      failed: (error) => log.error('star.store-failed', { error: String(error) }),
    })
  }

  async #fetch(hash: string): Promise<SessionCore | Tombstone> {
    const acquired = await this.#asked(() => this.#store.acquire(hash, this.#node))
    switch (acquired.is) {
      case 'unknown':
        return 'unknown'
      case 'gone':
        return acquired.as
      case 'acquired': {
        const session = this.#adopt(hash, acquired)
        if (session !== undefined) return session
        await this.#over(hash, acquired.fence, 'state-lost')
        return 'state-lost'
      }
      default:
        return acquired satisfies never
    }
  }

  /** This process has the session from now on; undefined for one that cannot be gone on from. */
  #adopt(hash: string, acquired: Extract<Acquired, { is: 'acquired' }>): SessionCore | undefined {
    const session = this.#revive(hash, acquired)
    if (session !== undefined) {
      this.#byHash.set(hash, session)
      session.restored()
    }
    return session
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

/** What a client learns that shows the token of a session that ended. */
function tombstoneOf(reason: EndReason): Tombstone | undefined {
  if (reason === 'expired') return undefined
  return reason === 'state-lost' || reason === 'backlog' ? 'state-lost' : 'ended'
}
