import { isStarError, StarError } from '@socket-star/protocol'
import type { Spelling } from '@socket-star/protocol/address'
import {
  EVENTS,
  type ListWish,
  type PeersDelta,
  type PeersSnapshot,
  parseWatch,
} from '@socket-star/protocol/rendezvous'
import { pressureOf } from '@socket-star/pull-stream'
import type { Counters } from '../counters.ts'
import type { StarEnvironment } from '../environment.ts'
import { DISCOVERY_BACKLOG_BYTES, type StarQuotas } from '../limits.ts'
import { PreparedEvents } from '../prepared-events.ts'
import type { AnyNamespace } from '../socket-types.ts'
import { Audiences } from './audiences.ts'
import { Laggards } from './laggards.ts'
import { LegacyFeed } from './legacy-feed.ts'
import { ListBudget } from './list-budget.ts'
import type { Listing } from './listing.ts'
import type { Member } from './member.ts'
import type { Registry } from './registry.ts'
import { WatcherFeed } from './watcher-feed.ts'

export interface DiscoveryOptions {
  readonly counters: Counters
  readonly environment: StarEnvironment
  readonly quotas: StarQuotas
  readonly namespace: AnyNamespace
  readonly registry: Registry<Member>
}

/** Random bytes of what names the versions of a list (DISC-16). */
const LIST_ID_BYTES = 9

/** Who hears of whom (DISC clauses): puts sockets into audiences and feeds them. */
export class Discovery {
  readonly #options: DiscoveryOptions
  readonly #audiences = new Audiences()
  readonly #watchers: WatcherFeed<PreparedEvents>
  readonly #legacy: LegacyFeed<Member>
  readonly #laggards: Laggards<Member>
  readonly #lists: ListBudget<Member>
  /** As it was sent to a newcomer; a listing that changed is another one. */
  readonly #composed = new WeakMap<Listing<PreparedEvents>, PreparedEvents>()

  constructor(options: DiscoveryOptions) {
    const { environment, namespace, registry } = options
    this.#options = options
    this.#watchers = new WatcherFeed({
      id: Buffer.from(environment.randomBytes(LIST_ID_BYTES)).toString('base64url'),
      timers: environment,
      watchers: () => this.watchers,
      encode: (update) => this.#peersEvent(update),
      send: (change) => change.send(this.#audiences.watchers),
    })
    this.#legacy = new LegacyFeed({
      environment,
      registry,
      listeners: () => this.#audiences.legacySize,
      announce: (entries) => {
        for (const spelling of ['ipfs', 'p2p'] as const) {
          const sockets = this.#audiences.legacy[spelling]
          if (sockets.size === 0) continue
          const messages = entries.map((entry) => ({
            args: [entry.spelled(spelling)],
            except: entry.owner.socket,
          }))
          PreparedEvents.of(namespace, EVENTS.peer, messages).send(sockets)
        }
      },
    })
    this.#laggards = new Laggards({
      timers: environment,
      onLagging: (member) => {
        options.counters.drop('lagging')
        this.#audiences.delete(member)
        member.missedFrom = this.#watchers.version
      },
      onCaughtUp: (member) => this.#readmit(member),
    })
    this.#lists = new ListBudget({
      maxBytes: options.quotas.peerListBytes,
      now: () => environment.now(),
      unsentBytes: ({ socket }) => pressureOf(socket).unsentBytes(),
      takenBytes: ({ socket }) => pressureOf(socket).takenBytes(),
      onStuck: ({ socket }) => {
        options.counters.drop('lagging')
        socket.disconnect(true)
      },
    })
  }

  get watchers(): number {
    return this.#audiences.watchers.size
  }

  appeared(address: string): void {
    this.#watchers.appeared(address)
    this.#legacy.appeared(address)
  }

  gone(address: string): void {
    this.#watchers.gone(address)
  }

  /**
   * A socket joined an address. If it watches, or will, it hears nothing of this;
   * if it asks for the list with the join it is sent it; any other hears what
   * legacy clients hear.
   *
   * @returns the version of the list that was sent
   */
  enter(member: Member, spelling: Spelling, wish: ListWish | undefined): number | undefined {
    if (wish !== undefined || member.hasWatched) {
      if (!member.hasWatched) this.exit(member)
      member.hasWatched = true
      member.spelling = spelling
      return wish === undefined ? undefined : this.#watchIfAllowed(member, wish)
    }
    this.exit(member)
    member.spelling = spelling
    this.#admit(member, 'legacy')
    this.#legacy.wake()
    return undefined
  }

  /** A socket has no address any more: it hears nothing (JOIN-11). */
  exit(member: Member): void {
    if (member.audience === 'none') return
    this.#laggards.delete(member)
    this.#audiences.delete(member)
    member.audience = 'none'
  }

  /** Somebody else has an address of this socket by now (JOIN-22). */
  taken(member: Member, address: string): void {
    if (member.untold.size < this.#options.quotas.addressesPerSocket) member.untold.add(address)
    if (member.hasWatched) this.#tellTaken(member)
  }

  /**
   * `ss-watch` (DISC-4).
   *
   * @throws StarError ERR_QUOTA, ERR_BAD_REQUEST, ERR_NOT_JOINED
   */
  watch(member: Member, args: readonly unknown[]): void {
    const { environment, quotas } = this.#options
    if (!member.watchRate.take(environment.now())) {
      throw new StarError('ERR_QUOTA', `more than ${quotas.watchesPerSecond} ss-watch a second`)
    }
    const { wish, reply } = parseWatch(args)
    reply(null, this.#watch(member, wish))
  }

  /** With a join (DISC-15): a client that gets no list asks for it, and then hears why. */
  #watchIfAllowed(member: Member, wish: ListWish): number | undefined {
    if (!member.watchRate.take(this.#options.environment.now())) return undefined
    try {
      return this.#watch(member, wish)
    } catch (error) {
      if (!isStarError(error)) throw error
      return undefined
    }
  }

  /**
   * @returns the version of the list that was sent
   * @throws StarError ERR_QUOTA, ERR_NOT_JOINED
   */
  #watch(member: Member, wish: ListWish): number {
    // whoever watches is a client of ours
    this.#tellTaken(member)
    if (member.addresses.size === 0) throw new StarError('ERR_NOT_JOINED', 'join an address first')
    if (pressureOf(member.socket).bufferedBytes() > DISCOVERY_BACKLOG_BYTES) {
      throw new StarError('ERR_QUOTA', 'read what was sent before asking for more')
    }
    // made before the socket counts as a watcher: it may flush what nobody was owed
    const listing = this.#watchers.listing(wish)
    if (!this.#lists.allows(listing.length)) {
      throw new StarError('ERR_QUOTA', 'too many peer lists wait to be read: ask again later')
    }
    this.exit(member)
    member.hasWatched = true
    this.#admit(member, 'watch')
    this.#sendList(member, listing)
    this.#lists.sent(member, listing.length)
    return this.#watchers.version
  }

  /** The socket is gone. */
  forget(member: Member): void {
    this.#lists.delete(member)
  }

  close(): void {
    this.#watchers.close()
    this.#legacy.close()
    this.#laggards.close()
  }

  #admit(member: Member, audience: 'legacy' | 'watch'): void {
    member.audience = audience
    this.#audiences.add(member)
    this.#laggards.add(member)
  }

  /** One write, put together once for all who come while the list stays as it is. */
  #sendList(member: Member, listing: Listing<PreparedEvents>): void {
    const events = this.#composed.get(listing) ?? PreparedEvents.together(listing.updates)
    // whoever knows the list as it is needs to be sent nothing
    if (events === undefined) return
    this.#composed.set(listing, events)
    events.sendTo(member)
  }

  #tellTaken(member: Member): void {
    const { untold } = member
    if (untold.size === 0) return
    const messages = [...untold].map((address) => ({ args: [address] }))
    untold.clear()
    PreparedEvents.of(this.#options.namespace, EVENTS.left, messages).sendTo(member)
  }

  /** A watcher that missed deltas is shown the gap, upon which it asks for the list again (DISC-7). */
  #readmit(member: Member): void {
    const { version } = this.#watchers
    this.#audiences.add(member)
    if (member.audience !== 'watch' || member.missedFrom === version) return
    // one more than the last: where one change alone was missed, its own number would show no gap
    this.#peersEvent({ v: version + 1, add: '', drop: '' }).sendTo(member)
  }

  #peersEvent(update: PeersSnapshot | PeersDelta): PreparedEvents {
    return PreparedEvents.of(this.#options.namespace, EVENTS.peers, [{ args: [update] }])
  }
}
