import { encodeAddresses, type PeersDelta, type PeersSnapshot } from '@socket-star/protocol/rendezvous'
import type { Timers } from '@socket-star/pull-stream'
import { Batcher } from './batcher.ts'

/** The same object for as long as the list stays as it is. */
export type Snapshot = Readonly<PeersSnapshot>

export interface WatcherFeedOptions {
  readonly timers: Timers
  watchers(): number
  /** Sends a delta to every watcher, encoded once. */
  send(delta: PeersDelta): void
}

/**
 * What watchers are told (DISC-4, DISC-5): a snapshot when they start, then
 * deltas whose version rises by one. The published list is what a snapshot of
 * the current version holds; what changed since waits in `#pending`.
 */
export class WatcherFeed {
  readonly #options: WatcherFeedOptions
  readonly #batcher: Batcher
  readonly #published = new Set<string>()
  /** Addresses whose published state is out of date; at most one entry for each that is or was online. */
  readonly #pending = new Map<string, 'add' | 'drop'>()
  #version = 0
  #snapshot: Snapshot | undefined

  constructor(options: WatcherFeedOptions) {
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

  /** The list that the next delta continues. Built once a version, whoever asks. */
  snapshot(): Snapshot {
    // nobody is owed a delta, so the newcomer need not wait for one
    if (this.#options.watchers() === 0) this.#flush()
    this.#snapshot ??= { v: this.#version, all: encodeAddresses(this.#published) }
    return this.#snapshot
  }

  close(): void {
    this.#batcher.close()
    this.#pending.clear()
    this.#published.clear()
  }

  #change(address: string, change: 'add' | 'drop'): void {
    // gone and back within one interval is no change at all
    if (this.#published.has(address) === (change === 'add')) this.#pending.delete(address)
    else this.#pending.set(address, change)
    if (this.#pending.size > 0) this.#batcher.request()
  }

  #flush(): void {
    if (this.#pending.size === 0) return
    const add: string[] = []
    const drop: string[] = []
    for (const [address, change] of this.#pending) {
      if (change === 'add') {
        this.#published.add(address)
        add.push(address)
      } else {
        this.#published.delete(address)
        drop.push(address)
      }
    }
    this.#pending.clear()
    this.#version += 1
    this.#snapshot = undefined
    if (this.#options.watchers() === 0) return
    this.#options.send({ v: this.#version, add: encodeAddresses(add), drop: encodeAddresses(drop) })
  }
}
