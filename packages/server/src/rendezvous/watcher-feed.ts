import {
  encodeAddresses,
  type KnownList,
  type ListWish,
  type PeersDelta,
  type PeersSnapshot,
} from '@socket-star/protocol/rendezvous'
import type { Timers } from '@socket-star/pull-stream'
import { Batcher } from './batcher.ts'
import { LastChanges } from './last-changes.ts'
import type { Listing } from './listing.ts'

/** Changes may be this part of the list that they follow, before a new list is made (DISC-4). */
const MAX_CHANGES_SHARE = 1 / 4
/** And so many; as many are kept for whoever knows an earlier list (DISC-16). */
const MAX_CHANGES = 64

interface WholeListing<Encoded> extends Listing<Encoded> {
  /** Of the list without the changes. */
  readonly listLength: number
}

export interface WatcherFeedOptions<Encoded> {
  /** Names the versions of this list, and of no other one (DISC-16). */
  readonly id: string
  readonly timers: Timers
  watchers(): number
  /** Called once for each list and each change, whoever they are sent to. */
  encode(update: PeersSnapshot | PeersDelta): Encoded
  /** Sends a change to every watcher. */
  send(change: Encoded): void
}

/**
 * What watchers are told (DISC-4, DISC-5): a list when they start, then deltas
 * whose version rises by one. The published list is what a newcomer is told at
 * the current version; what changed since waits in `#pending`.
 */
export class WatcherFeed<Encoded> {
  readonly #options: WatcherFeedOptions<Encoded>
  readonly #batcher: Batcher
  readonly #published = new Set<string>()
  /** Addresses whose published state is out of date; at most one entry for each that is or was online. */
  readonly #pending = new Map<string, 'add' | 'drop'>()
  readonly #changes = new LastChanges<Encoded>(MAX_CHANGES)
  #version = 0
  #listing: WholeListing<Encoded> | undefined

  constructor(options: WatcherFeedOptions<Encoded>) {
    this.#options = options
    this.#batcher = new Batcher(options.timers, options.watchers, () => this.#flush())
  }

  get version(): number {
    return this.#version
  }

  appeared(address: string): void {
    this.#change(address, 'add')
  }

  gone(address: string): void {
    this.#change(address, 'drop')
  }

  /** What the next delta continues: for all who know the same the same object, as long as the list stays as it is. */
  listing(wish: ListWish): Listing<Encoded> {
    // nobody is owed a delta, so the newcomer need not wait for one
    if (this.#options.watchers() === 0) this.#flush()
    const changes = wish === 'all' ? undefined : this.#changesSince(wish)
    if (changes !== undefined) return changes
    this.#listing ??= this.#list()
    return this.#listing
  }

  close(): void {
    this.#batcher.close()
    this.#pending.clear()
    this.#published.clear()
    this.#forget()
  }

  #changesSince({ id, v }: KnownList): Listing<Encoded> | undefined {
    return id === this.#options.id ? this.#changes.since(this.#version - v) : undefined
  }

  #change(address: string, change: 'add' | 'drop'): void {
    // gone and back within one interval is no change at all
    if (this.#published.has(address) === (change === 'add')) this.#pending.delete(address)
    else this.#pending.set(address, change)
    if (this.#pending.size > 0) this.#batcher.request()
  }

  #flush(): void {
    if (this.#pending.size === 0) return
    const added: string[] = []
    const dropped: string[] = []
    for (const [address, change] of this.#pending) {
      if (change === 'add') {
        this.#published.add(address)
        added.push(address)
      } else {
        this.#published.delete(address)
        dropped.push(address)
      }
    }
    const entries = this.#pending.size
    this.#pending.clear()
    this.#version += 1
    if (this.#options.watchers() === 0) {
      this.#forget()
      return
    }
    const [add, drop] = [encodeAddresses(added), encodeAddresses(dropped)]
    const length = add.length + drop.length
    const change = this.#options.encode({ v: this.#version, add, drop })
    this.#listing &&= grown(this.#listing, change, length)
    this.#changes.add({ change, entries, length }, this.#published.size)
    this.#options.send(change)
  }

  /** Nobody was told of a change: what is kept leads to the present list no more. */
  #forget(): void {
    this.#listing = undefined
    this.#changes.clear()
  }

  #list(): WholeListing<Encoded> {
    const all = encodeAddresses(this.#published)
    const list = this.#options.encode({ id: this.#options.id, v: this.#version, all })
    return { updates: [list], length: all.length, listLength: all.length }
  }
}

/** A list that is sent with the changes since need not be made anew for each newcomer; undefined when it is time to. */
function grown<Encoded>(
  { updates, length, listLength }: WholeListing<Encoded>,
  change: Encoded,
  changeLength: number,
): WholeListing<Encoded> | undefined {
  const all = length + changeLength
  if (updates.length > MAX_CHANGES || all - listLength > listLength * MAX_CHANGES_SHARE) return undefined
  return { updates: [...updates, change], length: all, listLength }
}
