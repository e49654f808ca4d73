import type {
  Acquired,
  ExpiredSession,
  MemoryStore,
  SessionSnapshot,
  SessionStore,
  Tombstone,
} from '@socket-star/server'
import type { Owner } from './clock.ts'
import type { Context } from './context.ts'

/**
 * One process' way to a durable store, which takes its time. What a process
 * that died had asked for has happened, or has not.
 */
export class SlowStore implements SessionStore {
  readonly durable: boolean
  readonly #context: Context
  readonly #owner: Owner
  readonly #store: MemoryStore

  constructor(context: Context, owner: Owner, store: MemoryStore) {
    this.durable = context.faults.durable ?? true
    this.#context = context
    this.#owner = owner
    this.#store = store
  }

  create(hash: string, node: string): Promise<number> {
    return this.#slowly(() => this.#store.create(hash, node))
  }

  acquire(hash: string, node: string): Promise<Acquired> {
    return this.#slowly(() => this.#store.acquire(hash, node))
  }

  save(hash: string, fence: number, snapshot: SessionSnapshot): Promise<boolean> {
    const copy = this.#copyOf(snapshot)
    return this.#slowly(() => this.#store.save(hash, fence, copy))
  }

  release(hash: string, fence: number, snapshot: SessionSnapshot, keepMs: number): Promise<boolean> {
    const copy = this.#copyOf(snapshot)
    return this.#slowly(() => this.#store.release(hash, fence, copy, keepMs))
  }

  takeExpired(node: string, most: number): Promise<readonly ExpiredSession[]> {
    return this.#slowly(() => this.#store.takeExpired(node, most))
  }

  end(hash: string, fence: number, tombstone: Tombstone | undefined, keepMs: number): Promise<boolean> {
    return this.#slowly(() => this.#store.end(hash, fence, tombstone, keepMs))
  }

  /** What is stored is not what the process goes on with. */
  #copyOf(snapshot: SessionSnapshot): SessionSnapshot {
    return this.#context.faults.storesText ? JSON.parse(JSON.stringify(snapshot)) : structuredClone(snapshot)
  }

  async #slowly<T>(work: () => Promise<T>): Promise<T> {
    await this.#wait()
    const done = await work()
    await this.#wait()
    return done
  }

  #wait(): Promise<void> {
    const { clock, random, scenario } = this.#context
    const ms = (random.next() * scenario.storeMs) / 2
    return new Promise((resolve) => clock.after(ms, resolve, this.#owner))
  }
}
