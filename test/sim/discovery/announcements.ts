import type { FakeSocket } from '../server-socket.ts'
import { short, type World } from './world.ts'

/** A socket that hears what legacy clients hear. */
interface Listener {
  readonly sinceMs: number
  readonly spelling: string
  readonly own: Set<string>
  /** When each address was announced to it. */
  readonly heard: Map<string, number[]>
  /** More waited on it than it may be sent peers beside; it may miss some (DISC-12). */
  lagged: boolean
}

/** A round of reminders, in milliseconds, and how many there are in one (DISC-3). */
const ROUND_MS = 10_000
const ROUND_SAMPLE = 32
/** How long an announcement may wait (DISC-11), in milliseconds, with what a turn takes. */
const INTERVAL_MS = 900

/** What legacy clients are sent (DISC-1 to DISC-3), looked at as it leaves. */
export class Announcements {
  readonly #world: World
  readonly #listeners = new Map<string, Listener>()
  count = 0

  constructor(world: World) {
    this.#world = world
  }

  /** An address was joined; whoever joins again is told anew. */
  joined(socket: FakeSocket, address: string, ipfs: boolean): void {
    const listener = this.#listeners.get(socket.id)
    if (listener !== undefined) {
      listener.own.add(address)
      return
    }
    this.#listeners.set(socket.id, {
      sinceMs: this.#world.clock.now,
      spelling: ipfs ? '/ipfs/' : '/p2p/',
      own: new Set([address]),
      heard: new Map(),
      lagged: false,
    })
  }

  /** It has no address any more: it hears nothing (JOIN-11). */
  empty(id: string): void {
    this.#listeners.delete(id)
  }

  clogged(id: string): void {
    const listener = this.#listeners.get(id)
    if (listener !== undefined) listener.lagged = true
  }

  sent(socket: FakeSocket, text: string): void {
    const { clock, fail, truth } = this.#world
    const listener = this.#listeners.get(socket.id)
    const address = text.replace('/ipfs/', '/p2p/')
    this.count += 1
    if (listener === undefined) {
      fail(`${socket.id} is told of ${short(text)} and has not joined`)
      return
    }
    const holder = truth.holder(address)
    if (holder === undefined) fail(`${socket.id} is told of ${short(text)}, which nobody has`)
    if (holder === socket.id) fail(`${socket.id} is told of its own ${short(text)}`)
    if (!text.includes(listener.spelling)) fail(`${socket.id} is told of ${text}`)
    listener.heard.set(address, [...(listener.heard.get(address) ?? []), clock.now])
  }

  /** When it is quiet: each was told of who came, and was not told much more often than that. */
  check(isLegacy: (id: string) => boolean): void {
    const { clock, fail, truth } = this.#world
    for (const [id, { heard, lagged, own, sinceMs }] of this.#listeners) {
      if (!isLegacy(id)) continue
      const rounds = Math.ceil((clock.now - sinceMs) / ROUND_MS) + 1
      const all = [...heard.values()].reduce((sum, { length }) => sum + length, 0)
      let appeared = 0
      for (const address of truth.addresses.keys()) {
        const came = truth.appearances(address, sinceMs)
        const times = heard.get(address)?.length ?? 0
        if (times > came + 1 + rounds) fail(`${id} was told of ${short(address)} ${times} times`)
        if (own.has(address) || came === 0 || lagged) continue
        if (clock.now - truth.lastChangeMs < INTERVAL_MS) continue
        if (times === 0) fail(`${id} was never told of ${short(address)}`)
      }
      for (const address of heard.keys()) appeared += truth.appearances(address, sinceMs) + 1
      if (all > appeared + rounds * ROUND_SAMPLE) fail(`${id} was told of peers ${all} times`)
    }
  }
}
