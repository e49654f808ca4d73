import { nowMs } from '../clock.ts'

/** Short numbers for long addresses: thousands of peers know thousands of peers. */
export class AddressBook {
  readonly #ids = new Map<string, number>()

  idOf(address: string): number {
    let id = this.#ids.get(address)
    if (id === undefined) {
      id = this.#ids.size
      this.#ids.set(address, id)
    }
    return id
  }
}

/** Whom one peer knows, and since when. */
export class Known {
  /** By id: when it was heard of, in ms since the epoch; 0 when it is not known. */
  #heard = new Float64Array(0)
  #size = 0

  get size(): number {
    return this.#size
  }

  add(id: number): void {
    if (id >= this.#heard.length) this.#grow(id)
    if (this.#heard[id] !== 0) return
    this.#heard[id] = nowMs()
    this.#size++
  }

  delete(id: number): void {
    if (!this.has(id)) return
    this.#heard[id] = 0
    this.#size--
  }

  has(id: number): boolean {
    return (this.#heard[id] ?? 0) !== 0
  }

  /** In ms since the epoch. */
  heardAt(id: number): number | undefined {
    return this.#heard[id] || undefined
  }

  #grow(id: number): void {
    const larger = new Float64Array(Math.max(64, 2 ** Math.ceil(Math.log2(id + 1))))
    larger.set(this.#heard)
    this.#heard = larger
  }
}
