import type { PeersUpdate } from '@socket-star/protocol/rendezvous'
import { LEGACY_ROUNDS_UNSEEN, MAX_KNOWN_PEERS } from './limits.ts'

/** What an update changed, canonical addresses. */
export interface PeerChange {
  readonly added: readonly string[]
  readonly gone: readonly string[]
}

interface Entry {
  /** As the server wrote it, where that is known. */
  announced: string | undefined
  /** The round in which a legacy server announced it last. */
  round: number
}

type All = Omit<Extract<PeersUpdate, { type: 'all' }>, 'type'>
type Change = Omit<Extract<PeersUpdate, { type: 'change' }>, 'type'>

const NOTHING: PeerChange = { added: [], gone: [] }

/**
 * The peers that a server told us of, without I/O (PROTOCOL.md, DISC-4 to
 * DISC-8): kept by versioned deltas where the server is ours, and by rounds
 * where it is a legacy one that never says who is gone.
 */
export class PeerList {
  readonly #limit: number
  readonly #entries = new Map<string, Entry>()
  #version: number | undefined
  #round = 0
  #refused = 0

  constructor(limit: number = MAX_KNOWN_PEERS) {
    this.#limit = limit
  }

  get addresses(): Iterable<string> {
    return this.#entries.keys()
  }

  get size(): number {
    return this.#entries.size
  }

  /** How many addresses were left out because the list was full. */
  get refused(): number {
    return this.#refused
  }

  /** True while deltas are followed: a snapshot came and no delta was missed since. */
  get following(): boolean {
    return this.#version !== undefined
  }

  /** The spelling in which a legacy server announced an address: it compares texts. */
  announced(canonical: string): string | undefined {
    return this.#entries.get(canonical)?.announced
  }

  /** The connection is gone, or its deltas cannot be trusted: what is known stays known for now. */
  unfollow(): void {
    this.#version = undefined
  }

  /** What a watch is answered with: exactly these peers are there. */
  snapshot({ v, all }: All): PeerChange {
    const present = new Set(all)
    const gone = [...this.#entries.keys()].filter((address) => !present.has(address))
    this.#version = v
    return { gone: this.#remove(gone), added: this.#add(all) }
  }

  /** A delta; `missed` when one before it never came, and the list has to be asked for again. */
  delta({ v, add, drop }: Change): PeerChange | 'missed' {
    if (this.#version === undefined || v <= this.#version) return NOTHING
    if (v !== this.#version + 1) {
      this.#version = undefined
      return 'missed'
    }
    this.#version = v
    return { gone: this.#remove(drop), added: this.#add(add) }
  }

  /** Peers that a join's reply named, a sample. */
  sample(addresses: readonly string[]): PeerChange {
    return { added: this.#add(addresses), gone: [] }
  }

  /** A legacy server's `ws-peer`. */
  announce(canonical: string, announced: string): PeerChange {
    const added = this.#add([canonical])
    const entry = this.#entries.get(canonical)
    if (entry !== undefined) {
      entry.announced = announced
      entry.round = this.#round
    }
    return { added, gone: [] }
  }

  /** All that is known counts as seen now: rounds count from here. */
  startRounds(): void {
    for (const entry of this.#entries.values()) entry.round = this.#round
  }

  /** A legacy server's round is over: who was not announced in three of them is gone (DISC-8). */
  endRound(): PeerChange {
    this.#round += 1
    const oldest = this.#round - LEGACY_ROUNDS_UNSEEN
    const unseen = [...this.#entries].filter(([, entry]) => entry.round < oldest)
    return { added: [], gone: this.#remove(unseen.map(([address]) => address)) }
  }

  /** Forgets everything. */
  clear(): void {
    this.#entries.clear()
    this.#version = undefined
  }

  #add(addresses: readonly string[]): string[] {
    const added: string[] = []
    for (const address of addresses) {
      if (this.#entries.has(address)) continue
      if (this.#entries.size >= this.#limit) this.#refused += 1
      else {
        this.#entries.set(address, { announced: undefined, round: this.#round })
        added.push(address)
      }
    }
    return added
  }

  #remove(addresses: readonly string[]): string[] {
    return addresses.filter((address) => this.#entries.delete(address))
  }
}
