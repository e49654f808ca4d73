import { type ErrorCode, isStarError, StarError } from '@socket-star/protocol'
import {
  EVENTS,
  type KnownList,
  listVersionIn,
  parsePeer,
  parsePeers,
  parseWatchReply,
} from '@socket-star/protocol/rendezvous'
import { blame } from '../blame.ts'
import type { Env } from '../env.ts'
import { backoffMs } from './backoff.ts'
import type { PeerDropReason } from './drops.ts'
import { GatheredChange } from './gathered-change.ts'
import type { Joined, Question } from './join.ts'
import { LEGACY_ROUND_MS, MIN_WATCH_INTERVAL_MS, WATCH_TIMEOUT_MS } from './limits.ts'
import { type PeerChange, PeerList } from './peer-list.ts'
import type { PeerWire } from './peer-wire.ts'
import { ask } from './request.ts'

/** Who is told what discovery finds. */
export interface DiscoveryEvents {
  changed(change: PeerChange): void
  failed(error: StarError): void
  dropped(reason: PeerDropReason): void
}

/** A watch that failed with one of these says nothing of what was asked. */
const PASSING: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'ERR_ABORTED',
  'ERR_DISCONNECTED',
  'ERR_NOT_CONNECTED',
  'ERR_QUOTA',
])

/** The feature of a server whose peer list can be watched (JOIN-9). */
const WATCHABLE = 'peers'

/**
 * Keeps one socket's {@link PeerList} (PROTOCOL.md, DISC clauses): watches it
 * where the server offers that, collects announcements where it is a legacy one.
 * All peers that were joined on the socket share it.
 */
export class Discovery {
  readonly list = new PeerList()
  readonly #wire: PeerWire
  readonly #env: Env
  readonly #events: DiscoveryEvents
  #mode: 'idle' | 'watching' | 'legacy' = 'idle'
  /** Aborted when the connection is lost: ends the watch that is on its way. */
  #connection = new AbortController()
  #asking = false
  /** A join that was sent asked for the list as well: what ends the wait for it. */
  #expecting: Question | undefined
  /** A list that nobody waits for any more may yet come on this connection: a join's could not be told from it. */
  #gaveUp = false
  /** The connection on which the server has shown itself to be one of ours. */
  #oursOn: string | undefined
  #lastAskedMs = Number.NEGATIVE_INFINITY
  #failures = 0
  #samples: string[] = []
  /** What a list and the changes behind it come to: told once the answer has come (DISC-4). */
  readonly #gathered = new GatheredChange()
  readonly #timers = new Map<'sample' | 'watch' | 'round', () => void>()

  constructor(wire: PeerWire, env: Env, events: DiscoveryEvents) {
    this.#wire = wire
    this.#env = env
    this.#events = events
  }

  /** Who is there, as far as anybody was told: amid a list and the changes behind it those from before. */
  get told(): readonly string[] {
    return this.#gathered.before(this.list.addresses)
  }

  attach(): void {
    this.#wire.on(EVENTS.peer, this.#onPeer)
    this.#wire.on(EVENTS.peers, this.#onPeers)
  }

  detach(): void {
    this.#wire.off(EVENTS.peer, this.#onPeer)
    this.#wire.off(EVENTS.peers, this.#onPeers)
    this.lost()
    this.#stop('sample')
    this.#samples = []
    this.list.putAside()
  }

  /** Once for a connection, and only of a server that is known to understand it (DISC-15). */
  asksWithJoin(ours: boolean): Question | undefined {
    if (!ours && (this.#oursOn === undefined || this.#oursOn !== this.#wire.socket.id)) return undefined
    if (this.#mode !== 'idle' || this.#expecting !== undefined || this.#gaveUp) return undefined
    const question: Question = {
      watch: this.#resume() ?? true,
      ended: (reply) => {
        if (this.#expecting !== question) return
        this.#expecting = undefined
        this.#gathered.add(this.list.resumed(reply && listVersionIn(reply)))
        if (reply !== undefined) this.#tellGathered()
        else {
          // some of the list, or all of it, may be on its way: the next one is told with what came of it
          this.#gaveUp = true
          this.list.unfollow()
        }
        this.#tellKeptSample()
        this.#askUnlessFollowing()
      },
    }
    this.#expecting = question
    this.#lastAskedMs = this.#env.timers.now()
    return question
  }

  /** An address was joined on this socket. */
  joined({ peers, capabilities }: Joined): void {
    // after the application has had its turn to listen: it learns of them by events
    this.#samples.push(...peers)
    if (this.#samples.length > 0) {
      this.#after('sample', 0, () => this.#tellSample())
    }
    if (capabilities?.features.includes(WATCHABLE) === true) {
      this.#oursOn = this.#wire.socket.id
      this.#startWatching()
    } else {
      this.#startRounds()
    }
  }

  /** The connection is gone, or has no address any more. Who was there is kept until the next one tells. */
  lost(): void {
    const { connected } = this.#wire
    this.#gaveUp = connected && (this.#gaveUp || this.#asking || this.#expecting !== undefined)
    this.#mode = 'idle'
    this.#expecting = undefined
    this.#gathered.add(this.list.resumed())
    this.#tellGathered()
    this.list.unfollow()
    this.#connection.abort()
    this.#connection = new AbortController()
    this.#stop('watch')
    this.#stop('round')
  }

  #startWatching(): void {
    if (this.#mode === 'watching') return
    this.#mode = 'watching'
    this.#failures = 0
    this.#stop('round')
    this.#askUnlessFollowing()
  }

  /** The list may have come with a join, or may yet. */
  #askUnlessFollowing(): void {
    if (this.#mode === 'watching' && this.#expecting === undefined && !this.list.following) this.#ask()
  }

  #startRounds(): void {
    if (this.#mode !== 'idle') return
    this.#mode = 'legacy'
    this.list.unfollow()
    this.list.startRounds()
    const round = (): void => {
      this.#tell(this.list.endRound())
      this.#after('round', LEGACY_ROUND_MS, round)
    }
    this.#after('round', LEGACY_ROUND_MS, round)
  }

  #ask(): void {
    if (this.#asking) return
    this.#asking = true
    this.#lastAskedMs = this.#env.timers.now()
    const { signal } = this.#connection
    const known = this.#resume()
    ask(
      this.#wire,
      EVENTS.watch,
      known === undefined ? [] : [known],
      { timeoutMs: WATCH_TIMEOUT_MS, signal },
      (reply) => this.#answered(reply),
      (error) => this.#failed(error),
    )
  }

  /** What is asked for then are the changes alone (DISC-16). */
  #resume(): KnownList | undefined {
    this.#gathered.add(this.list.takeBack())
    return this.list.resume()
  }

  /** The list itself, or what changed of it, is an event that comes before the answer (DISC-4). */
  #answered(reply: readonly unknown[]): void {
    try {
      const v = parseWatchReply(reply)
      if (v !== undefined) this.#gathered.add(this.list.resumed(v))
      if (!this.list.following) throw new StarError('ERR_BAD_REQUEST', 'no peer list came that can be read')
      this.#asking = false
      this.#failures = 0
      this.#tellGathered()
      this.#tellKeptSample()
    } catch (error) {
      this.#failed(error)
    }
  }

  #failed(error: unknown): void {
    this.#asking = false
    // there are servers that know no other question than the one for the whole list
    if (!isStarError(error) || !PASSING.has(error.code)) this.list.distrust()
    this.#gathered.add(this.list.resumed())
    this.#tellGathered()
    this.#tellKeptSample()
    // a lost connection: the next join asks again
    if (this.#mode !== 'watching' || !this.#wire.connected) return
    this.#failures += 1
    this.#after('watch', backoffMs(this.#failures, this.#env.random()), () => this.#ask())
    if (isStarError(error)) this.#events.failed(error)
    else blame(this.#env, error)
  }

  /** Asks again, but not so often that a server could keep us busy with it (DISC-7). */
  #askSoon(): void {
    // before the join is answered: it is asked for then
    if (this.#mode !== 'watching') return
    const dueMs = this.#lastAskedMs + MIN_WATCH_INTERVAL_MS
    this.#after('watch', Math.max(0, dueMs - this.#env.timers.now()), () => this.#ask())
  }

  readonly #onPeer = (...args: unknown[]): void => {
    if (this.#mode === 'watching') return
    try {
      const { address } = parsePeer(args)
      const change = this.list.announce(address.canonical, args[0] as string)
      if (this.#isAwaiting) this.#gathered.add(change)
      else this.#tell(change)
    } catch (error) {
      blame(this.#env, error)
      this.#events.dropped('bad-peer')
    }
  }

  readonly #onPeers = (...args: unknown[]): void => {
    // a change is of use only to a list that is followed
    const isAwaited = this.#isAwaiting
    if (!isAwaited && !this.list.following) return
    try {
      const update = parsePeers(args)
      const change = update.type === 'all' ? this.list.snapshot(update) : this.list.delta(update)
      if (change === 'missed') this.#askSoon()
      else if (isAwaited) this.#gathered.add(change)
      else this.#tell(change)
    } catch (error) {
      blame(this.#env, error)
      // it may have been a change: the list can be trusted no more
      this.#events.dropped('bad-peers')
      this.list.distrust()
      if (!this.#asking) this.#askSoon()
    }
  }

  /** Who was there when the join was answered; a list that has come since knows better, and one may be on its way. */
  #tellSample(): void {
    if (this.list.resuming) return
    const addresses = this.#samples.splice(0)
    if (!this.list.following) this.#tell(this.list.sample(addresses))
  }

  /** The application could have listened, had no list been on its way. */
  #tellKeptSample(): void {
    if (this.#samples.length > 0 && !this.#timers.has('sample')) this.#tellSample()
  }

  get #isAwaiting(): boolean {
    return this.#asking || this.#expecting !== undefined
  }

  #tellGathered(): void {
    if (!this.#gathered.isEmpty) this.#events.changed(this.#gathered.take())
  }

  /** With what was gathered before: told later, that would take back what this brings. */
  #tell(change: PeerChange): void {
    if (this.#gathered.isEmpty) this.#events.changed(change)
    else {
      this.#gathered.add(change)
      this.#tellGathered()
    }
  }

  #after(name: 'sample' | 'watch' | 'round', ms: number, callback: () => void): void {
    this.#stop(name)
    this.#timers.set(
      name,
      this.#env.timers.after(ms, () => {
        this.#timers.delete(name)
        callback()
      }),
    )
  }

  #stop(name: 'sample' | 'watch' | 'round'): void {
    this.#timers.get(name)?.()
    this.#timers.delete(name)
  }
}
