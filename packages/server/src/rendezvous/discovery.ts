import { StarError } from '@socket-star/protocol'
import type { Spelling } from '@socket-star/protocol/address'
import { EVENTS, parseWatch } from '@socket-star/protocol/rendezvous'
import { pressureOf } from '@socket-star/pull-stream'
import type { Counters } from '../counters.ts'
import type { StarEnvironment } from '../environment.ts'
import { DISCOVERY_BACKLOG_BYTES, type StarQuotas } from '../limits.ts'
import { broadcastLocally, ROOM_PREFIX, roomSize } from '../local-broadcast.ts'
import { textPreparer } from '../prepared-text.ts'
import type { AnyNamespace } from '../socket-types.ts'
import { Laggards } from './laggards.ts'
import { LegacyFeed } from './legacy-feed.ts'
import { ListBudget } from './list-budget.ts'
import type { Member } from './member.ts'
import type { Registry } from './registry.ts'
import { WatcherFeed } from './watcher-feed.ts'

const WATCHERS = `${ROOM_PREFIX}watchers`
const LEGACY: Readonly<Record<Spelling, string>> = {
  ipfs: `${ROOM_PREFIX}legacy-ipfs`,
  p2p: `${ROOM_PREFIX}legacy-p2p`,
}

export interface DiscoveryOptions {
  readonly counters: Counters
  readonly environment: StarEnvironment
  readonly quotas: StarQuotas
  readonly namespace: AnyNamespace
  readonly registry: Registry<Member>
}

/** Who hears of whom (DISC clauses): puts sockets into the audiences' rooms and feeds them. */
export class Discovery {
  readonly #options: DiscoveryOptions
  readonly #watchers: WatcherFeed
  readonly #legacy: LegacyFeed<Member>
  readonly #laggards: Laggards<Member>
  readonly #lists: ListBudget<Member>

  constructor(options: DiscoveryOptions) {
    const { environment, namespace, registry } = options
    this.#options = options
    this.#watchers = new WatcherFeed({
      timers: environment,
      watchers: () => this.watchers,
      prepare: textPreparer(namespace.server.encoder),
      send: (delta) => broadcastLocally(namespace, WATCHERS, EVENTS.peers, [{ args: [delta] }]),
    })
    this.#legacy = new LegacyFeed({
      environment,
      registry,
      listeners: () => roomSize(namespace, LEGACY.ipfs) + roomSize(namespace, LEGACY.p2p),
      announce: (entries) => {
        for (const [spelling, room] of Object.entries(LEGACY) as [Spelling, string][]) {
          if (roomSize(namespace, room) === 0) continue
          const messages = entries.map((entry) => ({
            args: [entry.spelled(spelling)],
            except: entry.owner.socket,
          }))
          broadcastLocally(namespace, room, EVENTS.peer, messages)
        }
      },
    })
    this.#laggards = new Laggards({
      timers: environment,
      onLagging: (member) => {
        options.counters.drop('lagging')
        member.socket.leave(roomOf(member))
        member.missedFrom = this.#watchers.version
      },
      onCaughtUp: (member) => this.#readmit(member),
    })
    this.#lists = new ListBudget({
      maxBytes: options.quotas.peerListBytes,
      now: () => environment.now(),
      unsentBytes: ({ socket }) => pressureOf(socket).unsentBytes(),
      onStuck: ({ socket }) => {
        options.counters.drop('lagging')
        socket.disconnect(true)
      },
    })
  }

  get watchers(): number {
    return roomSize(this.#options.namespace, WATCHERS)
  }

  appeared(address: string): void {
    this.#watchers.appeared(address)
    this.#legacy.appeared(address)
  }

  gone(address: string): void {
    this.#watchers.gone(address)
  }

  /** A socket joined an address: unless it watches or will, it hears what legacy clients hear. */
  enter(member: Member, spelling: Spelling): void {
    if (member.hasWatched) {
      member.spelling = spelling
      return
    }
    this.exit(member)
    member.spelling = spelling
    this.#admit(member, 'legacy')
    this.#legacy.wake()
  }

  /** A socket has no address any more: it hears nothing (JOIN-11). */
  exit(member: Member): void {
    if (member.audience === 'none') return
    this.#laggards.delete(member)
    member.socket.leave(roomOf(member))
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
    const { reply } = parseWatch(args)
    // whoever watches is a client of ours
    this.#tellTaken(member)
    if (member.addresses.size === 0) throw new StarError('ERR_NOT_JOINED', 'join an address first')
    if (pressureOf(member.socket).bufferedBytes() > DISCOVERY_BACKLOG_BYTES) {
      throw new StarError('ERR_QUOTA', 'read what was sent before asking for more')
    }
    // the snapshot is taken before the socket counts as a watcher: it may flush what nobody was owed
    const snapshot = this.#watchers.snapshot()
    const { listLength } = this.#watchers
    if (!this.#lists.allows(listLength)) {
      throw new StarError('ERR_QUOTA', 'too many peer lists wait to be read: ask again later')
    }
    this.exit(member)
    member.hasWatched = true
    this.#admit(member, 'watch')
    reply(null, snapshot)
    this.#lists.sent(member, listLength)
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
    member.socket.join(roomOf(member))
    this.#laggards.add(member)
  }

  #tellTaken({ socket, untold }: Member): void {
    if (untold.size === 0) return
    const messages = [...untold].map((address) => ({ args: [address] }))
    untold.clear()
    broadcastLocally(this.#options.namespace, socket.id, EVENTS.left, messages)
  }

  /** A watcher that missed deltas is shown the gap, upon which it asks for the list again (DISC-7). */
  #readmit(member: Member): void {
    const { namespace } = this.#options
    const { version } = this.#watchers
    member.socket.join(roomOf(member))
    if (member.audience !== 'watch' || member.missedFrom === version) return
    const args = [{ v: version, add: '', drop: '' }]
    broadcastLocally(namespace, member.socket.id, EVENTS.peers, [{ args }])
  }
}

function roomOf({ audience, spelling }: Member): string {
  return audience === 'watch' ? WATCHERS : LEGACY[spelling]
}
