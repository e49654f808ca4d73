import { setTimeout as delay } from 'node:timers/promises'
import { nowMs } from '../clock.ts'
import { AddressBook, Known } from './known.ts'

/** How many joins may be on their way at once. */
const JOINS_AT_ONCE = 32
/** A server with too much to do may leave joins unanswered; this long after the last one the churn is over. */
const UNANSWERED_LIMIT_MS = 5_000

/** Told what one peer hears of the others. */
export interface Ears {
  /** An event about other peers came in. */
  event(): void
  /** Another peer is there; may be said more than once. */
  there(address: string): void
  /** Another peer is gone. */
  gone(address: string): void
}

/** A peer that has joined. */
export interface SwarmPeer {
  readonly address: string
  /** When the join was asked for, on a connection that was open, in ms since the epoch. */
  readonly askedAtMs: number
  /** Leaves the address, and joins another one on the same connection. */
  again(ears: Ears): Promise<SwarmPeer>
  /** Closes the connection, which leaves the address too. */
  disconnect(): void
}

/** Connects and joins one peer; `ears` hear from the moment of the join on. */
export type JoinOne = (ears: Ears) => Promise<SwarmPeer>

/** What happens in a second of churn, and for how long. */
export interface Churn {
  readonly perSecond: number
  readonly durationMs: number
  /** Whether peers that come and go do so with their connection, or on a standing one. */
  readonly reconnect: boolean
}

/** An address and when its join was asked for, in ms since the epoch. */
export type Joining = readonly [address: string, atMs: number]

/** How often something took a number of whole milliseconds. */
export type Histogram = Record<number, number>

/** What lists hold that they should not, and the other way round, over all peers of a swarm. */
export interface Mistakes {
  /** Peers that are online and not in a list. */
  readonly missing: number
  /** Peers in a list that are not online. */
  readonly stale: number
}

interface Member {
  readonly peer: SwarmPeer
  readonly known: Known
  readonly joinedAtMs: number
}

/** Many peers in one process, each with a connection of its own. */
export class Swarm {
  readonly #joinOne: JoinOne
  readonly #book = new AddressBook()
  readonly #members: Member[] = []
  #events = 0
  #failure: string | undefined

  constructor(joinOne: JoinOne) {
    this.#joinOne = joinOne
  }

  /** Lets peers join at an even pace; the answer is how many are in once all are, or time is up. */
  async grow(count: number, overMs: number, limitMs: number): Promise<number> {
    const start = performance.now()
    let begun = 0
    const joinInTurn = async () => {
      while (begun < count && performance.now() - start < limitMs) {
        const wait = (begun++ * overMs) / count - (performance.now() - start)
        if (wait > 0) await delay(wait)
        await this.#join(this.#joinOne)
      }
    }
    const lanes = Array.from({ length: JOINS_AT_ONCE }, joinInTurn)
    await Promise.race([Promise.all(lanes), delay(limitMs, undefined, { ref: false })])
    if (this.#failure !== undefined) throw new Error(this.#failure)
    return this.#members.length
  }

  /**
   * Lets so many peers a second go, whoever it hits, and as many others come.
   * The answer is who came, as far as they were in a moment later.
   */
  async churn({ perSecond, durationMs, reconnect }: Churn): Promise<Joining[]> {
    const start = performance.now()
    const pending: Promise<void>[] = []
    const joined: Joining[] = []
    const total = Math.round((perSecond * durationMs) / 1000)
    for (let turn = 0; turn < total; turn++) {
      const wait = (turn * 1000) / perSecond - (performance.now() - start)
      if (wait > 0) await delay(wait)
      const leaving = this.#dropOne()
      if (leaving === undefined) continue
      if (reconnect) leaving.disconnect()
      const join = this.#join(reconnect ? this.#joinOne : (ears) => leaving.again(ears))
      pending.push(join.then((came) => void joined.push(came)))
    }
    await Promise.race([Promise.all(pending), delay(UNANSWERED_LIMIT_MS)])
    return joined
  }

  /** How many events about other peers came in so far. */
  events(): number {
    return this.#events
  }

  addresses(): string[] {
    return this.#members.map(({ peer }) => peer.address)
  }

  /** From each join to the moment at which each peer that was there before heard of it. */
  latencies(joins: readonly Joining[]): Histogram {
    const histogram: Histogram = {}
    for (const [address, atMs] of joins) {
      const id = this.#book.idOf(address)
      for (const { known, joinedAtMs } of this.#members) {
        const heardAtMs = known.heardAt(id)
        if (joinedAtMs >= atMs || heardAtMs === undefined) continue
        const span = Math.round(heardAtMs - atMs)
        histogram[span] = (histogram[span] ?? 0) + 1
      }
    }
    return histogram
  }

  /** Compares every peer's list with who is online. */
  mistakes(online: readonly string[]): Mistakes {
    const ids = online.map((address) => this.#book.idOf(address))
    let missing = 0
    let stale = 0
    for (const { known, peer } of this.#members) {
      const own = this.#book.idOf(peer.address)
      const others = ids.filter((id) => id !== own)
      const found = others.filter((id) => known.has(id)).length
      missing += others.length - found
      stale += known.size - found - (known.has(own) ? 1 : 0)
    }
    return { missing, stale }
  }

  #dropOne(): SwarmPeer | undefined {
    const [leaving] = this.#members.splice(Math.floor(Math.random() * this.#members.length), 1)
    return leaving?.peer
  }

  async #join(joinOne: JoinOne): Promise<Joining> {
    const known = new Known()
    const ears: Ears = {
      event: () => {
        this.#events++
      },
      there: (address) => known.add(this.#book.idOf(address)),
      gone: (address) => known.delete(this.#book.idOf(address)),
    }
    try {
      const peer = await joinOne(ears)
      this.#members.push({ peer, known, joinedAtMs: nowMs() })
      return [peer.address, peer.askedAtMs]
    } catch (error) {
      this.#failure = `a join failed: ${error instanceof Error ? error.message : error}`
      throw error
    }
  }
}
