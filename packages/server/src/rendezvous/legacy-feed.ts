import type { StarEnvironment } from '../environment.ts'
import { Batcher } from './batcher.ts'
import type { Entry, Registry } from './registry.ts'

/** One round of reminders, in milliseconds: the pace at which the legacy server repeats itself (DISC-3). */
export const ROUND_MS = 10_000
/** How many addresses a round reminds of (DISC-3). */
export const ROUND_SAMPLE = 32
/** How many of them go out together, in one write to each listener. */
const ROUND_BATCH = 8

export interface LegacyFeedOptions<Owner> {
  readonly environment: StarEnvironment
  readonly registry: Registry<Owner>
  listeners(): number
  /** Announces addresses to every legacy listener, each but to its owner, encoded once for each spelling. */
  announce(entries: readonly Entry<Owner>[]): void
}

/**
 * What legacy clients are told (DISC-2, DISC-3): each address once when it
 * appears, and in each round a random sample, the same for all, in batches
 * spread over the round.
 */
export class LegacyFeed<Owner> {
  readonly #options: LegacyFeedOptions<Owner>
  readonly #batcher: Batcher
  /** Addresses to announce; those that are gone by then are passed over. */
  readonly #pending = new Set<string>()
  #round: string[] = []
  #cancelTick: (() => void) | undefined

  constructor(options: LegacyFeedOptions<Owner>) {
    this.#options = options
    this.#batcher = new Batcher(options.environment, options.listeners, () => this.#flush())
  }

  appeared(address: string): void {
    if (this.#options.listeners() === 0) return
    this.#pending.add(address)
    this.#batcher.request()
  }

  /** There may be a listener now: start the rounds if they rest. */
  wake(): void {
    if (this.#cancelTick === undefined) this.#schedule()
  }

  close(): void {
    this.#batcher.close()
    this.#cancelTick?.()
    this.#cancelTick = undefined
    this.#pending.clear()
  }

  #flush(): void {
    this.#announce([...this.#pending])
    this.#pending.clear()
  }

  #schedule(): void {
    const { environment, registry } = this.#options
    const batches = Math.max(1, Math.ceil(Math.min(ROUND_SAMPLE, registry.size) / ROUND_BATCH))
    this.#cancelTick = environment.after(ROUND_MS / batches, () => this.#tick())
  }

  #tick(): void {
    this.#cancelTick = undefined
    const { environment, registry, listeners } = this.#options
    if (listeners() === 0) {
      this.#round = []
      return
    }
    if (this.#round.length === 0) {
      const sample = registry.sample(ROUND_SAMPLE, () => environment.random())
      this.#round = sample.map(({ address }) => address)
    }
    this.#announce(this.#round.splice(0, ROUND_BATCH))
    this.#schedule()
  }

  /** Those that are gone by now are passed over. */
  #announce(addresses: readonly string[]): void {
    const { announce, registry } = this.#options
    const entries = addresses.map((address) => registry.get(address)).filter((entry) => entry !== undefined)
    if (entries.length > 0) announce(entries)
  }
}
