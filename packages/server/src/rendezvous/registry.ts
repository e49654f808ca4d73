import { type Spelling, spell } from '@socket-star/protocol/address'
import { sampleIndices } from './sample.ts'

/** One address that is online. */
export interface Entry<Owner> {
  readonly address: string
  readonly owner: Owner
  /** The address as an audience reads it (ADDR-3). */
  spelled(spelling: Spelling): string
}

/** Who holds which address, keyed by canonical form (ADDR-2). Knows nothing of sockets. */
export class Registry<Owner> {
  readonly #entries = new Map<string, Slot<Owner>>()
  /** The same entries by number, so that a sample costs its own size and not the registry's. */
  readonly #numbered: Slot<Owner>[] = []

  get size(): number {
    return this.#numbered.length
  }

  get(address: string): Entry<Owner> | undefined {
    return this.#entries.get(address)
  }

  /** Gives an address to an owner, whoever had it before (JOIN-14). Returns that one, if there was one. */
  claim(address: string, owner: Owner): Owner | undefined {
    const held = this.#entries.get(address)
    if (held !== undefined) {
      const previous = held.owner
      held.owner = owner
      return previous
    }
    const slot = new Slot(address, owner, this.#numbered.length)
    this.#entries.set(address, slot)
    this.#numbered.push(slot)
    return undefined
  }

  /** Takes an address off, unless somebody else has it by now; false then. */
  release(address: string, owner: Owner): boolean {
    const slot = this.#entries.get(address)
    if (slot === undefined || slot.owner !== owner) return false
    this.#entries.delete(address)
    const last = this.#numbered.pop()
    if (last !== undefined && last !== slot) {
      this.#numbered[slot.number] = last
      last.number = slot.number
    }
    return true
  }

  /** At most `count` different entries, drawn evenly. */
  sample(count: number, random: () => number): Entry<Owner>[] {
    const indices = sampleIndices(this.#numbered.length, count, random)
    return indices.map((index) => this.#numbered[index]).filter((slot) => slot !== undefined)
  }
}

class Slot<Owner> implements Entry<Owner> {
  readonly address: string
  owner: Owner
  number: number
  #ipfs: string | undefined

  constructor(address: string, owner: Owner, number: number) {
    this.address = address
    this.owner = owner
    this.number = number
  }

  spelled(spelling: Spelling): string {
    if (spelling === 'p2p') return this.address
    this.#ipfs ??= spell(this.address, 'ipfs')
    return this.#ipfs
  }
}
