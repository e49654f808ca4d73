import type { EvictionReason } from '../observer.ts'
import { Crowd } from './crowd.ts'
import { Line } from './line.ts'
import type { SessionCore } from './session-core.ts'

/** A session that gives way. */
export interface Eviction {
  readonly session: SessionCore
  readonly reason: EvictionReason
}

/** Sessions without a socket, and which of them gives way when there are as many as there may be (HS-19). */
export class Resting {
  /** Those that their client never confirmed, oldest first. */
  readonly #unconfirmed = new Line<SessionCore>()
  readonly #confirmed = new Crowd<SessionCore>()

  add(session: SessionCore, holder: string, confirmed: boolean): void {
    if (confirmed) this.#confirmed.add(session, holder)
    else this.#unconfirmed.add(session)
  }

  delete(session: SessionCore): void {
    this.#unconfirmed.delete(session)
    this.#confirmed.delete(session)
  }

  /** Whom it was counted for; undefined for one that does not rest, or that its client never confirmed. */
  holderOf(session: SessionCore): string | undefined {
    return this.#confirmed.holderOf(session)
  }

  /** Undefined when none has to. */
  next(): Eviction | undefined {
    const { oldest } = this.#unconfirmed
    if (oldest !== undefined) return { session: oldest, reason: 'unconfirmed' }
    const session = this.#confirmed.oldestOfMost
    return session && { session, reason: 'crowded' }
  }
}
