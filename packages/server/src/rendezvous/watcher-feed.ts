import { encodeAddresses, type PeersDelta, type PeersSnapshot } from '@socket-star/protocol/rendezvous'
import type { Timers } from '@socket-star/pull-stream'
import { Batcher } from './batcher.ts'

/** Changes may be this part of the list that they follow, before a new list is made (DISC-4). */
const MAX_CHANGES_SHARE = 1 / 4
/** And so many. */
const MAX_CHANGES = 64

/** What makes the present list for a newcomer: a list, and the changes since it was made. */
export interface Listing<Encoded> {
  readonly updates: readonly [Encoded, ...Encoded[]]
  /** In characters. */
  readonly listLength: number
  readonly changesLength: number
}

export interface WatcherFeedOptions<Encoded> {
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
  #version = 0
  #listing: Listing<Encoded> | undefined

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

  /** What the next delta continues. The same object for as long as the list stays as it is. */
  listing(): Listing<Encoded> {
    // nobody is owed a delta, so the newcomer need not wait for one
    if (this.#options.watchers() === 0) this.#flush()
    this.#listing ??= this.#list()
    return this.#listing
  }

  close(): void {
    this.#batcher.close()
    this.#pending.clear()
    this.#published.clear()
    this.#listing = undefined
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
    this.#pending.clear()
    this.#version += 1
    if (this.#options.watchers() === 0) {
      this.#listing = undefined
      return
    }
    const [add, drop] = [encodeAddresses(added), encodeAddresses(dropped)]
    const change = this.#options.encode({ v: this.#version, add, drop })
    this.#listing &&= grown(this.#listing, change, add.length + drop.length)
    this.#options.send(change)
  }

  #list(): Listing<Encoded> {
    const all = encodeAddresses(this.#published)
    const list = this.#options.encode({ v: this.#version, all })
    return { updates: [list], listLength: all.length, changesLength: 0 }
  }
}

/** A list that is sent with the changes since need not be made anew for each newcomer; undefined when it is time to. */
function grown<Encoded>(
  { updates, listLength, changesLength }: Listing<Encoded>,
  change: Encoded,
  length: number,
): Listing<Encoded> | undefined {
  const all = changesLength + length
  if (updates.length > MAX_CHANGES || all > listLength * MAX_CHANGES_SHARE) return undefined
  return { updates: [...updates, change], listLength, changesLength: all }
}
