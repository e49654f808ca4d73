import type { KnownList, PeersUpdate } from '@socket-star/protocol/rendezvous'
import { addNew } from './add-new.ts'
import { LEGACY_ROUNDS_UNSEEN, MAX_KNOWN_PEERS } from './limits.ts'

/** What an update changed, canonical addresses. */
export interface PeerChange {
  readonly added: readonly string[]
  readonly gone: readonly string[]
}

/** What a legacy server said of an address. */
interface Mention {
  /** As it wrote it, where that is known. */
  announced: string | undefined
  /** The round in which it did so last. */
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
  readonly #addresses = new Set<string>()
  /** Of these those that no list brought, and all that were there when a round began or ended. */
  readonly #mentions = new Map<string, Mention>()
  /** The server's list that this is, exactly; without its id where it cannot be gone on from. */
  #known: { id: string | undefined; v: number } | undefined
  #mode: 'idle' | 'resuming' | 'following' = 'idle'
  /** What was known when nobody was left to be told, and is told of again once a server has confirmed it. */
  #aside: { readonly known: KnownList; readonly addresses: readonly string[] } | undefined
  #isUnconfirmed = false
  #round = 0
  #refused = 0

  constructor(limit: number = MAX_KNOWN_PEERS) {
    this.#limit = limit
  }

  get addresses(): Iterable<string> {
    return this.#addresses
  }

  get size(): number {
    return this.#addresses.size
  }

  /** How many addresses were left out because the list was full. */
  get refused(): number {
    return this.#refused
  }

  /** True while deltas are followed: a snapshot came, or what changed since an earlier one, and none was missed. */
  get following(): boolean {
    return this.#mode === 'following'
  }

  /** True from {@link resume} to the answer. */
  get resuming(): boolean {
    return this.#mode === 'resuming'
  }

  /** The spelling in which a legacy server announced an address: it compares texts. */
  announced(canonical: string): string | undefined {
    return this.#mentions.get(canonical)?.announced
  }

  /** The connection is gone, or a delta never came: what is known stays known for now. */
  unfollow(): void {
    this.#mode = 'idle'
  }

  /** It may have come to differ from the server's: it is no list to go on from. */
  distrust(): void {
    this.#mode = 'idle'
    this.#known = undefined
  }

  /** What a server is told that is asked for the changes alone (DISC-16): they may come from now on. */
  resume(): KnownList | undefined {
    const known = this.#named
    if (known !== undefined) this.#mode = 'resuming'
    return known
  }

  /**
   * The answer came, with all changes up to this version where it was not a list; undefined where none came.
   * What was taken back and is not confirmed is put aside again, or forgotten where it cannot be gone on from.
   */
  resumed(v?: number): PeerChange {
    if (this.resuming) {
      this.#mode = v !== undefined && v === this.#known?.v ? 'following' : 'idle'
      if (this.following) this.#isUnconfirmed = false
      else if (v !== undefined) this.#known = undefined
    }
    if (!this.#isUnconfirmed) return NOTHING
    const gone = [...this.#addresses]
    this.putAside()
    return { added: [], gone }
  }

  /** Nobody is left to be told: all is forgotten, but kept aside where a server may say what changed of it. */
  putAside(): void {
    const known = this.#named
    this.#isUnconfirmed = false
    // nothing came since the last time
    if (known === undefined && this.#addresses.size === 0) return
    this.#aside = known && { known, addresses: [...this.#addresses] }
    this.#addresses.clear()
    this.#mentions.clear()
    this.distrust()
  }

  /** What was put aside, to {@link resume} it, unless other peers are known by now. */
  takeBack(): PeerChange {
    const aside = this.#aside
    this.#aside = undefined
    if (aside === undefined || this.#addresses.size > 0) return NOTHING
    this.#known = { ...aside.known }
    this.#isUnconfirmed = true
    return { added: this.#add(aside.addresses), gone: [] }
  }

  /** What a watch is answered with: exactly these peers are there. */
  snapshot({ id, v, all }: All): PeerChange {
    const present = new Set(all)
    const gone = [...this.#addresses].filter((address) => !present.has(address))
    this.#mode = 'following'
    this.#known = { id, v }
    this.#isUnconfirmed = false
    return { gone: this.#remove(gone), added: this.#add(all) }
  }

  /** A delta; `missed` when one before it never came, and the list has to be asked for again. */
  delta({ v, add, drop, isWhole }: Change): PeerChange | 'missed' {
    const known = this.#known
    if (known === undefined || this.#mode === 'idle' || v <= known.v) return NOTHING
    if (v !== known.v + 1) {
      // of before the server read what is known here: those that are missing are on their way
      if (this.#mode === 'resuming') return NOTHING
      this.#mode = 'idle'
      return 'missed'
    }
    known.v = v
    if (!isWhole) known.id = undefined
    return { gone: this.#remove(drop), added: this.#add(add) }
  }

  /** Peers that a join's reply named, a sample. */
  sample(addresses: readonly string[]): PeerChange {
    return { added: this.#addTold(addresses), gone: [] }
  }

  /** A legacy server's `ws-peer`. */
  announce(canonical: string, announced: string): PeerChange {
    const added = this.#addTold([canonical])
    if (this.#addresses.has(canonical)) this.#mentions.set(canonical, { announced, round: this.#round })
    return { added, gone: [] }
  }

  /** All that is known counts as seen now: rounds count from here. */
  startRounds(): void {
    for (const address of this.#addresses) this.#mentionOf(address).round = this.#round
  }

  /** A legacy server's round is over: who was not announced in three of them is gone (DISC-8). */
  endRound(): PeerChange {
    this.#round += 1
    const oldest = this.#round - LEGACY_ROUNDS_UNSEEN
    const unseen = [...this.#addresses].filter((address) => this.#mentionOf(address).round < oldest)
    if (unseen.length > 0) this.distrust()
    return { added: [], gone: this.#remove(unseen) }
  }

  /** The server's list, where it can be gone on from. */
  get #named(): KnownList | undefined {
    const { id, v } = this.#known ?? {}
    return id === undefined || v === undefined ? undefined : { id, v }
  }

  /** Those that did not come as a part of the server's list. */
  #addTold(addresses: readonly string[]): string[] {
    const added = this.#add(addresses)
    for (const address of added) this.#mentionOf(address)
    if (added.length > 0) this.distrust()
    return added
  }

  /** Of one that a list brought: it counts as mentioned when it is first asked for. */
  #mentionOf(address: string): Mention {
    const known = this.#mentions.get(address)
    if (known !== undefined) return known
    const mention = { announced: undefined, round: this.#round }
    this.#mentions.set(address, mention)
    return mention
  }

  #add(addresses: readonly string[]): string[] {
    return addresses.filter((address) => {
      if (this.#addresses.size < this.#limit) return addNew(this.#addresses, address)
      if (!this.#addresses.has(address)) {
        this.#refused += 1
        if (this.#known !== undefined) this.#known.id = undefined
      }
      return false
    })
  }

  #remove(addresses: readonly string[]): string[] {
    return addresses.filter((address) => {
      this.#mentions.delete(address)
      return this.#addresses.delete(address)
    })
  }
}
