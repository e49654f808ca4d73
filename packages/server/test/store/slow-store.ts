import {
  type Acquired,
  type ExpiredSession,
  MemoryStore,
  type SessionSnapshot,
  type SessionStore,
  type Tombstone,
} from '../../src/index.ts'

/** A durable store that writes when it is told to. It stands in for a disk, or for another machine. */
export class SlowStore implements SessionStore {
  readonly durable = true
  /** The last snapshot that was written, by hash. */
  readonly written = new Map<string, SessionSnapshot>()
  /** How often something was written. */
  writes = 0
  /** Writes wait for {@link write}. */
  holds = false
  /** Writes fail. */
  broken = false
  readonly #records: MemoryStore
  #waiting: (() => void)[] = []

  constructor(records: MemoryStore = new MemoryStore(() => performance.now())) {
    this.#records = records
  }

  /** The same records, as another process finds them. */
  reopened(): SlowStore {
    return new SlowStore(this.#records)
  }

  /** How many writes wait. */
  get waiting(): number {
    return this.#waiting.length
  }

  /** Lets the writes that wait happen. */
  write(): void {
    for (const go of this.#waiting.splice(0)) go()
  }

  create(hash: string, node: string): Promise<number> {
    return this.#records.create(hash, node)
  }

  acquire(hash: string, node: string): Promise<Acquired> {
    return this.#records.acquire(hash, node)
  }

  async save(hash: string, fence: number, snapshot: SessionSnapshot): Promise<boolean> {
    const copy = structuredClone(snapshot)
    if (this.holds) await new Promise<void>((resolve) => this.#waiting.push(resolve))
    if (this.broken) throw new Error('the disk is full')
    const ours = await this.#records.save(hash, fence, copy)
    if (ours) {
      this.written.set(hash, copy)
      this.writes += 1
    }
    return ours
  }

  release(hash: string, fence: number, snapshot: SessionSnapshot, keepMs: number): Promise<boolean> {
    return this.#records.release(hash, fence, structuredClone(snapshot), keepMs)
  }

  takeExpired(node: string, most: number): Promise<readonly ExpiredSession[]> {
    return this.#records.takeExpired(node, most)
  }

  end(hash: string, fence: number, tombstone: Tombstone | undefined, keepMs: number): Promise<boolean> {
    return this.#records.end(hash, fence, tombstone, keepMs)
  }
}
