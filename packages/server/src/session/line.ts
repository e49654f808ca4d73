/**
 * A set that knows its oldest. The first of a Set is there to be had as well,
 * but what was taken from its front is still stepped over, each time anew.
 */
export class Line<T> {
  readonly #all = new Set<T>()
  /** Those behind the oldest. An iterator of a Set sees what is added and taken meanwhile. */
  #rest: Iterator<T> = this.#all.values()
  #oldest: T | undefined

  get size(): number {
    return this.#all.size
  }

  /** Undefined when nothing is in it. */
  get oldest(): T | undefined {
    return this.#oldest
  }

  /** At the end, unless it is in it. */
  add(thing: T): void {
    if (this.#all.size > 0) this.#all.add(thing)
    else {
      this.#all.add(thing)
      this.#rest = this.#all.values()
      this.#oldest = this.#rest.next().value
    }
  }

  delete(thing: T): void {
    if (this.#all.delete(thing) && thing === this.#oldest) this.#oldest = this.#rest.next().value
  }
}
