import { StarError } from '../../errors.ts'
import { admit, type Claim, type Standing } from '../admission.ts'
import {
  type Acquired,
  type HandOver,
  MAX_REMEMBERED,
  MAX_SESSIONS,
  type Remembered,
  type SessionRecord,
  type SessionStore,
} from './store.ts'

/** Limits of a {@link MemorySessionStore}, and its clock. */
export interface MemorySessionStoreOptions {
  /** Milliseconds of any monotonic clock. */
  readonly now: () => number
  /** {@link MAX_SESSIONS} unless told. */
  readonly maxSessions?: number
  /** {@link MAX_REMEMBERED} unless told. */
  readonly maxRemembered?: number
}

/** A session of a {@link MemorySessionStore} at rest, its token as a hash. */
export interface StoredSession<S> {
  readonly hash: string
  readonly record: SessionRecord<S>
}

interface Entry<S> {
  node: string
  fence: number
  record: SessionRecord<S>
  /** What acquires of this session wait for: they come one after the other. */
  moving: Promise<unknown>
}

/** The sessions of the nodes in one process. */
export class MemorySessionStore<S> implements SessionStore<S> {
  readonly #now: () => number
  readonly #maxSessions: number
  readonly #maxRemembered: number
  readonly #entries = new Map<string, Entry<S>>()
  /** The one that is forgotten next stands first. */
  readonly #remembered = new Map<string, { readonly as: Remembered; readonly until: number }>()
  readonly #nodes = new Map<string, HandOver<S>>()
  #lastFence = 0

  constructor(options: MemorySessionStoreOptions) {
    this.#now = options.now
    this.#maxSessions = options.maxSessions ?? MAX_SESSIONS
    this.#maxRemembered = options.maxRemembered ?? MAX_REMEMBERED
  }

  /** Sessions in the store. */
  get size(): number {
    return this.#entries.size
  }

  /** Tokens that are remembered. */
  get remembered(): number {
    return this.#remembered.size
  }

  serve(node: string, handOver: HandOver<S>): () => void {
    this.#nodes.set(node, handOver)
    return () => {
      if (this.#nodes.get(node) === handOver) this.#nodes.delete(node)
    }
  }

  async create(hash: string, node: string, record: SessionRecord<S>): Promise<number> {
    if (this.#entries.has(hash)) throw new StarError('ERR_BAD_REQUEST', 'there is a session with this token')
    if (this.#entries.size >= this.#maxSessions) throw new StarError('ERR_QUOTA')
    const fence = ++this.#lastFence
    this.#entries.set(hash, { node, fence, record, moving: Promise.resolve() })
    return fence
  }

  async acquire(hash: string, node: string, claim: Claim): Promise<Acquired<S>> {
    const entry = this.#entries.get(hash)
    const turn = (entry?.moving ?? Promise.resolve()).then(() => this.#move(hash, node, claim))
    // whoever waits behind this one does not care how it ended
    if (entry) entry.moving = turn.catch(() => undefined)
    return turn
  }

  async write(hash: string, fence: number, record: SessionRecord<S>): Promise<boolean> {
    const entry = this.#owned(hash, fence)
    if (entry) entry.record = record
    return entry !== undefined
  }

  async end(hash: string, fence: number, as: Remembered, rememberMs: number): Promise<boolean> {
    if (!this.#owned(hash, fence)) return false
    this.#entries.delete(hash)
    this.#remembered.delete(hash)
    this.#remembered.set(hash, { as, until: this.#now() + rememberMs })
    this.#forget()
    return true
  }

  async remove(hash: string, fence: number): Promise<boolean> {
    return this.#owned(hash, fence) !== undefined && this.#entries.delete(hash)
  }

  /** Everything, for a server that stops in good order. */
  snapshot(): StoredSession<S>[] {
    return Array.from(this.#entries, ([hash, { record }]) => ({ hash, record }))
  }

  /** Takes a snapshot over, once, before anything else. Nobody owns its sessions until they are acquired. */
  restore(sessions: readonly StoredSession<S>[]): void {
    for (const { hash, record } of sessions) {
      this.#entries.set(hash, { node: '', fence: ++this.#lastFence, record, moving: Promise.resolve() })
    }
  }

  async #move(hash: string, node: string, claim: Claim): Promise<Acquired<S>> {
    const entry = this.#entries.get(hash)
    const admission = admit(this.#standing(hash, entry), claim)
    if (admission.as !== 'resume') return admission
    if (entry === undefined) return { as: 'fresh', reason: 'unknown' }
    const handOver = entry.node === node ? undefined : this.#nodes.get(entry.node)
    // from here on the old owner can write nothing: what it still knows comes with the hand-over
    const fence = ++this.#lastFence
    entry.fence = fence
    entry.node = node
    entry.record = { ...entry.record, holder: claim }
    const last = await handOver?.(hash).catch(() => undefined)
    if (last) entry.record = { ...last, holder: claim }
    return { ...admission, fence, record: entry.record }
  }

  #standing(hash: string, entry: Entry<S> | undefined): Standing {
    this.#forget()
    if (entry) return { is: 'live', holder: entry.record.holder }
    const remembered = this.#remembered.get(hash)
    return remembered && remembered.until > this.#now() ? remembered.as : { is: 'unknown' }
  }

  #owned(hash: string, fence: number): Entry<S> | undefined {
    const entry = this.#entries.get(hash)
    return entry?.fence === fence ? entry : undefined
  }

  #forget(): void {
    const now = this.#now()
    for (const [hash, { until }] of this.#remembered) {
      if (until > now && this.#remembered.size <= this.#maxRemembered) break
      this.#remembered.delete(hash)
    }
  }
}
