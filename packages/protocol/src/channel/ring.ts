/** A first-in first-out buffer that reuses its slots. Its owner bounds how much it puts in. */
export class Ring<T> {
  length = 0
  #slots: (T | undefined)[] = []
  #start = 0

  push(item: T): void {
    const size = this.#slots.length
    if (this.length === size) {
      const slots: (T | undefined)[] = this.toArray()
      slots.length = Math.max(8, size * 2)
      this.#slots = slots
      this.#start = 0
    }
    this.#slots[(this.#start + this.length++) & (this.#slots.length - 1)] = item
  }

  /** The item at a distance from the oldest, undefined beyond the newest. */
  at(index: number): T | undefined {
    return index < this.length ? this.#slots[(this.#start + index) & (this.#slots.length - 1)] : undefined
  }

  shift(): T | undefined {
    const item = this.at(0)
    if (this.length > 0) {
      this.#slots[this.#start] = undefined
      this.#start = (this.#start + 1) & (this.#slots.length - 1)
      this.length -= 1
    }
    // A burst must not leave its slots behind for the rest of an idle session.
    if (this.length === 0 && this.#slots.length > 1_024) this.#slots = []
    return item
  }

  toArray(): T[] {
    const items: T[] = []
    for (let i = 0; i < this.length; i++) items.push(this.at(i) as T)
    return items
  }
}
