import { StarError } from '@socket-star/protocol'
import type { Acquired, ExpiredSession, SessionSnapshot, SessionStore, Tombstone } from './session-store.ts'

/**
 * Sessions at rest, expired ones included, and tombstones that a {@link MemoryStore} keeps; past it the oldest tombstone is
 * forgotten, and without one the oldest session: anybody can make tombstones.
 */
export const MAX_RESTING = 100_000

interface Owned {
  readonly fence: number
  readonly node: string
  readonly snapshot: SessionSnapshot | undefined
  /** Its time is over: the owner has it to end it. */
  readonly expired?: boolean
}

interface Resting {
  readonly fence: number
  readonly snapshot: SessionSnapshot | undefined
  readonly until: number
}

interface Gone {
  readonly fence: number
  readonly as: Tombstone
  readonly until: number
}

/** A record of a {@link MemoryStore} at rest, with what is left of its time. */
export interface RestingRecord {
  readonly hash: string
  readonly fence: number
  readonly snapshot?: SessionSnapshot
  readonly gone?: Tombstone
  readonly keepMs: number
}

/** The store of one process. */
export class MemoryStore implements SessionStore {
  readonly #now: () => number
  readonly #most: number
  readonly #owned = new Map<string, Owned>()
  /** Oldest first. */
  readonly #resting = new Map<string, Resting>()
  /** Oldest first. */
  readonly #gone = new Map<string, Gone>()
  /** Sessions whose time is over, until somebody takes them. */
  readonly #expired = new Map<string, ExpiredSession>()

  /** `now`: milliseconds of a clock that never goes back. `most`: {@link MAX_RESTING} unless told. */
  constructor(now: () => number, most: number = MAX_RESTING) {
    this.#now = now
    this.#most = most
  }

  /** Records of all kinds. */
  get size(): number {
    return this.#owned.size + this.#withoutOwner
  }

  async create(hash: string, node: string): Promise<number> {
    this.#forgetLate()
    if ([this.#owned, this.#resting, this.#expired, this.#gone].some((records) => records.has(hash)))
      throw new StarError('ERR_SESSION_REFUSED')
    this.#owned.set(hash, { fence: 1, node, snapshot: undefined })
    return 1
  }

  async acquire(hash: string, node: string): Promise<Acquired> {
    this.#forgetLate()
    const owned = this.#owned.get(hash)
    const resting = this.#resting.get(hash)
    const gone = this.#gone.get(hash)
    if (gone !== undefined) return { is: 'gone', as: gone.as }
    const record = owned ?? resting
    if (record === undefined || owned?.expired) return { is: 'unknown' }
    const { snapshot } = record
    const fence = record.fence + 1
    this.#resting.delete(hash)
    this.#owned.set(hash, { fence, node, snapshot })
    return { is: 'acquired', fence, snapshot, from: owned?.node }
  }

  async save(hash: string, fence: number, snapshot: SessionSnapshot): Promise<boolean> {
    const owned = this.#ownedUnder(hash, fence)
    if (owned === undefined) return false
    this.#owned.set(hash, { ...owned, snapshot })
    return true
  }

  /** Has done it when it returns, before the promise resolves: a process that stops need not wait. */
  async release(hash: string, fence: number, snapshot: SessionSnapshot, keepMs: number): Promise<boolean> {
    if (this.#ownedUnder(hash, fence) === undefined) return false
    this.#owned.delete(hash)
    this.#rest(hash, { fence, snapshot, until: this.#now() + keepMs })
    return true
  }

  async end(hash: string, fence: number, tombstone: Tombstone | undefined, keepMs: number): Promise<boolean> {
    if (this.#ownedUnder(hash, fence) === undefined) return false
    this.#owned.delete(hash)
    if (tombstone !== undefined) this.#bury(hash, { fence, as: tombstone, until: this.#now() + keepMs })
    return true
  }

  async takeExpired(node: string, most: number): Promise<readonly ExpiredSession[]> {
    this.#forgetLate()
    const taken = [...this.#expired.values()].slice(0, most)
    return taken.map(({ hash, fence, snapshot }) => {
      this.#expired.delete(hash)
      this.#owned.set(hash, { fence: fence + 1, node, snapshot, expired: true })
      return { hash, fence: fence + 1, snapshot }
    })
  }

  /** Everything that rests, for a state file. */
  dump(): RestingRecord[] {
    this.#forgetLate()
    const now = this.#now()
    const expired = Array.from(this.#expired.values(), (session) => ({ ...session, keepMs: 0 }))
    const resting = Array.from(this.#resting, ([hash, { fence, snapshot, until }]) => ({
      hash,
      fence,
      ...(snapshot !== undefined && { snapshot }),
      keepMs: until - now,
    }))
    const gone = Array.from(this.#gone, ([hash, { fence, as, until }]) => ({
      hash,
      fence,
      gone: as,
      keepMs: until - now,
    }))
    return [...expired, ...resting, ...gone]
  }

  /** Takes a dump over. */
  load(records: readonly RestingRecord[]): void {
    for (const { hash, fence, snapshot, gone, keepMs } of records) {
      const until = this.#now() + keepMs
      if (gone !== undefined) this.#bury(hash, { fence, as: gone, until })
      else this.#rest(hash, { fence, snapshot, until })
    }
  }

  get #withoutOwner(): number {
    return this.#resting.size + this.#expired.size + this.#gone.size
  }

  #ownedUnder(hash: string, fence: number): Owned | undefined {
    const owned = this.#owned.get(hash)
    return owned?.fence === fence ? owned : undefined
  }

  #rest(hash: string, record: Resting): void {
    this.#forgetLate()
    if (this.#withoutOwner >= this.#most) {
      forgetFirst([this.#gone, this.#expired, this.#resting].find(({ size }) => size > 0))
    }
    this.#resting.set(hash, record)
  }

  /** No session is forgotten for one that ended. */
  #bury(hash: string, record: Gone): void {
    this.#forgetLate()
    this.#gone.set(hash, record)
    if (this.#withoutOwner > this.#most) forgetFirst(this.#gone)
  }

  /** All are kept equally long, so the oldest goes first; one that is not first goes a little late. */
  #forgetLate(): void {
    const now = this.#now()
    for (const [hash, { until, fence, snapshot }] of this.#resting) {
      if (until > now) break
      this.#resting.delete(hash)
      if (snapshot !== undefined) this.#expired.set(hash, { hash, fence, snapshot })
    }
    for (const [hash, { until }] of this.#gone) {
      if (until > now) break
      this.#gone.delete(hash)
    }
  }
}

function forgetFirst(records: Map<string, unknown> | undefined): void {
  for (const hash of records?.keys() ?? []) {
    records?.delete(hash)
    return
  }
}
