import type { CloseReason, RenewalReason } from '@socket-star/protocol/session'
import type { DropReason, EvictionReason, Outcome, StarObserver, StarStats } from './observer.ts'

/** The totals of one star; every report goes on to the application's observer. */
export class Counters {
  readonly #observer: StarObserver
  readonly #joins: Partial<Record<Outcome, number>> = {}
  readonly #dials: Partial<Record<Outcome, number>> = {}
  readonly #drops: Partial<Record<DropReason, number>> = {}
  readonly #renewals: Partial<Record<RenewalReason, number>> = {}
  readonly #evictions: Partial<Record<EvictionReason, number>> = {}
  readonly #closes: Partial<Record<CloseReason, number>> = {}
  #resumes = 0
  #relayedBytes = 0
  #streamsOpen = 0

  constructor(observer: StarObserver = {}) {
    this.#observer = observer
  }

  peers(online: number): void {
    this.#observer.peers?.(online)
  }

  join(outcome: Outcome): void {
    this.#joins[outcome] = (this.#joins[outcome] ?? 0) + 1
    this.#observer.join?.(outcome)
  }

  dial(outcome: Outcome): void {
    this.#dials[outcome] = (this.#dials[outcome] ?? 0) + 1
    this.#observer.dial?.(outcome)
  }

  streams(change: 1 | -1): void {
    this.#streamsOpen += change
    this.#observer.streams?.(this.#streamsOpen)
  }

  relayed(bytes: number): void {
    this.#relayedBytes += bytes
    this.#observer.relayed?.(bytes)
  }

  drop(reason: DropReason): void {
    this.#drops[reason] = (this.#drops[reason] ?? 0) + 1
    this.#observer.drop?.(reason)
  }

  resume(): void {
    this.#resumes += 1
    this.#observer.resume?.()
  }

  renewal(reason: RenewalReason): void {
    this.#renewals[reason] = (this.#renewals[reason] ?? 0) + 1
    this.#observer.renewal?.(reason)
  }

  eviction(reason: EvictionReason): void {
    this.#evictions[reason] = (this.#evictions[reason] ?? 0) + 1
    this.#observer.eviction?.(reason)
  }

  close(reason: CloseReason): void {
    this.#closes[reason] = (this.#closes[reason] ?? 0) + 1
    this.#observer.close?.(reason)
  }

  snapshot(now: Pick<StarStats, 'peers' | 'sockets' | 'watchers' | 'sessions'>): StarStats {
    return {
      ...now,
      streamsOpen: this.#streamsOpen,
      relayedBytes: this.#relayedBytes,
      joins: { ...this.#joins },
      dials: { ...this.#dials },
      drops: { ...this.#drops },
      resumes: this.#resumes,
      renewals: { ...this.#renewals },
      evictions: { ...this.#evictions },
      closes: { ...this.#closes },
    }
  }
}
