import type { Listing } from './listing.ts'

interface Change<Encoded> {
  readonly change: Encoded
  /** How many addresses came and went. */
  readonly entries: number
  /** In characters. */
  readonly length: number
}

/**
 * The changes that led to the present list, for whoever knows it as it was
 * before them (DISC-16): the last ones, as long as they are no more than the
 * list has addresses, which would be shorter.
 */
export class LastChanges<Encoded> {
  readonly #limit: number
  /** Oldest first. */
  #changes: Change<Encoded>[] = []
  #entries = 0
  /** Of those that were cut off together many come back together. */
  #asked: { readonly count: number; readonly listing: Listing<Encoded> } | undefined

  constructor(limit: number) {
    this.#limit = limit
  }

  /** @param listed how many addresses the list has now */
  add(change: Change<Encoded>, listed: number): void {
    this.#asked = undefined
    this.#changes.push(change)
    this.#entries += change.entries
    while (this.#changes.length > this.#limit || this.#entries > listed) this.#dropOldest()
  }

  /** The last so many, the same object for who asks for as many next; undefined when there are not so many. */
  since(count: number): Listing<Encoded> | undefined {
    const from = this.#changes.length - count
    if (count < 0 || from < 0) return undefined
    if (this.#asked?.count !== count) this.#asked = { count, listing: listingOf(this.#changes.slice(from)) }
    return this.#asked.listing
  }

  clear(): void {
    this.#asked = undefined
    this.#changes = []
    this.#entries = 0
  }

  #dropOldest(): void {
    this.#entries -= this.#changes.shift()?.entries ?? 0
  }
}

function listingOf<Encoded>(changes: readonly Change<Encoded>[]): Listing<Encoded> {
  return {
    updates: changes.map(({ change }) => change),
    length: changes.reduce((sum, { length }) => sum + length, 0),
  }
}
