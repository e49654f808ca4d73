import type { RenewalReason } from '@socket-star/protocol/session'
import { MAX_TOMBSTONES } from './settings.ts'

/** What is remembered of a token that has no session any more. */
export type Tombstone = 'ended' | RenewalReason

/** Tokens, by hash, that ended formally or were renewed away, for the resume window (HS-17). */
export class Tombstones {
  readonly #most: number
  /** Oldest first. */
  readonly #byHash = new Map<string, { readonly what: Tombstone; readonly until: number }>()

  /** `most`: {@link MAX_TOMBSTONES} unless told. */
  constructor(most: number = MAX_TOMBSTONES) {
    this.#most = most
  }

  get size(): number {
    return this.#byHash.size
  }

  set(hash: string, what: Tombstone, until: number): void {
    const [oldest] = this.#byHash.keys()
    if (this.#byHash.size >= this.#most && oldest !== undefined) this.#byHash.delete(oldest)
    this.#byHash.set(hash, { what, until })
  }

  get(hash: string, now: number): Tombstone | undefined {
    for (const [old, { until }] of this.#byHash) {
      if (until > now) break
      this.#byHash.delete(old)
    }
    const found = this.#byHash.get(hash)
    return found !== undefined && found.until > now ? found.what : undefined
  }
}
