import { isStarError, joinStar, type StarSocket } from '@socket-star/client'
import { environment } from '../../../packages/client/src/env.ts'
import { Wire } from '../../../packages/client/src/wire.ts'
import { WIRE } from '../../../packages/client/src/wrap.ts'
import { type ClientSocket, Manager } from '../client-socket.ts'
import type { Owner } from '../clock.ts'
import { bytesOf } from '../context.ts'
import { Emitter } from '../emitter.ts'
import { View } from './view.ts'
import { type Identity, lateTimers, ownerOf, type Stamp, short, type World } from './world.ts'

/** What a join may end in when nothing is wrong but the network, and who else has the address. */
const HARMLESS: ReadonlySet<unknown> = new Set([
  'ERR_ADDRESS_TAKEN',
  'ERR_ALREADY_JOINED',
  'ERR_CLOSED',
  'ERR_QUOTA',
  'ERR_TIMEOUT',
])
/** How long a list may take to be told of, from when it was read, in milliseconds: its answer comes behind it. */
const GATHERING_MS = 10_000

/** A client of ours: `joinStar` as it ships, on a socket without a network that is wrapped without a session. */
export class OurClient {
  readonly name: string
  readonly owner: Owner
  readonly socket: ClientSocket
  readonly views: View[] = []
  gone = false
  joins = 0
  /** Joins of which nothing was heard yet. */
  pending = 0
  readonly #world: World
  readonly #star: StarSocket
  #last: { readonly turn: number; readonly on: string | undefined } | undefined
  #reads: { readonly atMs: number; readonly sent: Stamp }[] = []

  constructor(world: World, name: string) {
    const { network, random } = world
    this.name = name
    this.#world = world
    this.owner = ownerOf(name)
    const manager = new Manager('http://127.0.0.1:9090', {
      network,
      owner: this.owner,
      watcher: { made: () => {}, seen: (event) => this.#seen(event) },
    })
    this.socket = manager.socket('/', {})
    const env = environment({
      timers: lateTimers(world, this.owner),
      random: () => random.next(),
      randomBytes: bytesOf(random),
      say: (line) => world.note(() => String(line)),
    })
    const wire = new Wire(this.socket as unknown as ConstructorParameters<typeof Wire>[0], env)
    // its end is told to listeners of its own, and never comes
    this.#star = Object.assign(new Emitter(), { [WIRE]: wire }) as unknown as StarSocket
  }

  /** The peers that have not left. */
  get present(): View[] {
    return this.views.filter((view) => !view.isOver)
  }

  async join({ address, privateKey }: Identity): Promise<void> {
    const { fail, note } = this.#world
    note(() => `${this.name} joins ${short(address)}`)
    this.joins += 1
    this.pending += 1
    try {
      const peer = await joinStar(this.#star, address, { privateKey, allowNoChallenge: true })
      if (this.gone) return
      note(() => `${this.name} has joined ${short(address)}`)
      this.views.push(new View(this.#world, this.name, peer, () => this.#reading))
    } catch (error) {
      if (this.gone) return
      note(() => `${this.name} has not joined ${short(address)}: ${String(error)}`)
      if (!isStarError(error) || !HARMLESS.has(error.code)) fail(`${this.name}: ${String(error)}`)
    } finally {
      this.pending -= 1
    }
  }

  /** Gone from one instant to the next; who is told of it, and when, is the network's. */
  vanish(): void {
    this.gone = true
    this.owner.gone = true
  }

  /** Everybody leaves. */
  leave(): void {
    for (const { peer } of this.present) peer.leave()
  }

  /** Nothing is left of those that have left. */
  checkEmpty(): void {
    const { fail } = this.#world
    if (this.owner.timers > 0) fail(`${this.owner.timers} timers are left at ${this.name}`)
    if (this.socket.listeners > 0) fail(`${this.socket.listeners} listeners are left at ${this.name}`)
    this.socket.disconnect()
    const waiting = Object.keys(this.socket.acks).length
    if (waiting > 0) fail(`${waiting} acknowledgements are left at ${this.name}`)
  }

  get #reading() {
    const { now } = this.#world.clock
    this.#reads = this.#reads.filter(({ atMs }) => atMs >= now - GATHERING_MS)
    return {
      lastTurn: this.#last?.on === this.socket.id ? this.#last?.turn : undefined,
      // what a join's reply named was sent as long ago as a connection may stand still
      earliestMs: Math.min(now - GATHERING_MS, ...this.#reads.map(({ sent }) => sent.ms)),
    }
  }

  #seen(event: string): void {
    const { clock, note, underWay } = this.#world
    note(() => `${this.name} < ${event}`)
    if (event !== 'ss-peers') return
    const sent = underWay.get(this.socket.id ?? '')?.shift()
    if (sent === undefined) return
    this.#reads.push({ atMs: clock.now, sent })
    this.#last = { turn: sent.turn, on: this.socket.id }
  }
}
