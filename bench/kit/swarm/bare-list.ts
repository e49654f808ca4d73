/** How long changes are gathered before all are told of them: as long as by ours at 1000 peers (PROTOCOL.md, DISC-11). */
const GATHERED_MS = 820

/** What a server tells its peers: all of the list to begin with, then what changed. */
export interface Told {
  readonly add: readonly string[]
  readonly drop: readonly string[]
}

/**
 * Peer lists in the least code: whoever joins is believed, nothing is limited,
 * and nobody is told again what got lost.
 */
export class BareList {
  readonly #tellAll: (changes: Told) => void
  readonly #present = new Set<string>()
  readonly #add = new Set<string>()
  readonly #drop = new Set<string>()
  #timer: NodeJS.Timeout | undefined

  constructor(tellAll: (changes: Told) => void) {
    this.#tellAll = tellAll
  }

  /** For a peer that has just connected. */
  whole(): Told {
    return { add: [...this.#present], drop: [] }
  }

  join(address: string): void {
    this.#present.add(address)
    this.#add.add(address)
    this.#gather()
  }

  leave(address: string | undefined): void {
    if (address === undefined || !this.#present.delete(address)) return
    this.#add.delete(address)
    // also of one that all have yet to hear of: who came meanwhile knows it
    this.#drop.add(address)
    this.#gather()
  }

  #gather(): void {
    this.#timer ??= setTimeout(() => {
      const changes = { add: [...this.#add], drop: [...this.#drop] }
      this.#timer = undefined
      this.#add.clear()
      this.#drop.clear()
      this.#tellAll(changes)
    }, GATHERED_MS)
  }
}
