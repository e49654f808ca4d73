import type { StarEnvironment } from '../environment.ts'
import type { ExpiredSession, SessionStore } from '../store/session-store.ts'

/** How often a store is asked for sessions that rested too long, in milliseconds. */
export const EXPIRY_MS = 5_000
/** Most sessions that are taken at once: each is brought back for a moment. */
export const MAX_EXPIRIES = 64
/** What is left to everything else before there are more, in milliseconds. */
const PAUSE_MS = 50

export interface ExpiryNeeds {
  readonly environment: Pick<StarEnvironment, 'after'>
  readonly store: SessionStore
  /** Names this process in the store. */
  readonly node: string
  /** Tells the application of a session, and that it is over. Never throws. */
  expire(session: ExpiredSession): void
  failed(error: unknown): void
}

/**
 * Looks for sessions that rest and that nobody came back for (HS-17), a few at
 * a time: the application of one process is told that they are over.
 */
export class Expiry {
  readonly #needs: ExpiryNeeds
  #cancel = (): void => {}
  #closed = false

  constructor(needs: ExpiryNeeds) {
    this.#needs = needs
    if (needs.store.takeExpired !== undefined) this.#wait(EXPIRY_MS)
  }

  close(): void {
    this.#closed = true
    this.#cancel()
  }

  #wait(ms: number): void {
    this.#cancel = this.#needs.environment.after(ms, () => void this.#look())
  }

  /** Never rejects. */
  async #look(): Promise<void> {
    const { store, node, expire, failed } = this.#needs
    let count = 0
    try {
      const expired = (await store.takeExpired?.(node, MAX_EXPIRIES)) ?? []
      count = expired.length
      for (const session of expired) {
        if (!this.#closed) expire(session)
        // another process ends it
        else await store.release(session.hash, session.fence, session.snapshot, 0)
      }
    } catch (error) {
      failed(error)
    }
    if (!this.#closed) this.#wait(count < MAX_EXPIRIES ? EXPIRY_MS : PAUSE_MS)
  }
}
