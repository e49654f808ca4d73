import type { Peer } from '@socket-star/client'
import { short, type World } from './world.ts'

/** How old what a client is told may be beside the time on its way: what waited for its interval, in milliseconds. */
const INTERVAL_MS = 900

/** When what a client reads now was sent. */
export interface Reading {
  /** The server's turn in which the part of the list was sent that it read last on this connection. */
  readonly lastTurn: number | undefined
  /** The time of the earliest one that it may not have told of yet. */
  readonly earliestMs: number
}

/** What the application of one peer is told, each word looked at as it comes. */
export class View {
  readonly name: string
  readonly peer: Peer
  /** It leaves amid the next event. */
  isSkittish = false
  isOver = false
  words = 0
  readonly #world: World
  readonly #told = new Set<string>()
  #firstTask: number | undefined
  /** What it was told of an address last, and which part of the list had said so. */
  readonly #last = new Map<string, { readonly what: string; readonly turn: number | undefined }>()

  constructor(world: World, name: string, peer: Peer, reading: () => Reading) {
    this.#world = world
    this.name = `${name} ${short(peer.address)}`
    this.peer = peer
    const hear = (what: '+' | '-', address: string): void => this.#hear(what, address, reading())
    peer.on('peer', (address) => hear('+', address))
    peer.on('peer-gone', (address) => hear('-', address))
    peer.on('error', (error) => world.note(() => `${name} ${short(peer.address)}: ${error.code}`))
    peer.on('close', (error) => {
      world.note(() => `${name} ${short(peer.address)} has left ${error?.code ?? ''}`)
      this.isOver = true
    })
  }

  /** What it lacks, and what it has that is not there; empty when it knows what is. */
  get faults(): string {
    const { truth } = this.#world
    const { address, peers } = this.peer
    const there = truth.addresses
    const missing = [...there.keys()].filter((each) => each !== address && !this.#told.has(each))
    const stale = [...this.#told].filter((each) => !there.has(each))
    const differs = peers.size !== this.#told.size || [...peers].some((each) => !this.#told.has(each))
    return [
      missing.length > 0 ? `lacks ${missing.map(short)}` : '',
      stale.length > 0 ? `still has ${stale.map(short)}` : '',
      differs ? `was told of ${[...this.#told].map(short)} and has ${[...peers].map(short)}` : '',
    ].join(' ')
  }

  #hear(what: '+' | '-', address: string, { lastTurn, earliestMs }: Reading): void {
    const { clock, fail, note, truth } = this.#world
    const word = `${what}${short(address)}`
    note(() => `${this.name} hears ${word}`)
    this.words += 1
    if (this.isOver) fail(`${this.name} hears ${word} and has left`)
    if (address === this.peer.address) fail(`${this.name} hears of itself`)
    if (this.#told.has(address) === (what === '+')) fail(`${this.name} hears ${word} again`)
    // at first it is told what was known already (DISC-9), not what it reads
    this.#firstTask ??= clock.tasks
    const isFirst = clock.tasks === this.#firstTask
    const since = isFirst ? 0 : earliestMs - INTERVAL_MS
    const wasSo = what === '+' ? truth.wasThere(address, since) : truth.wasAway(address, since)
    if (!wasSo) fail(`${this.name} hears ${word}, which was not so`)
    const last = this.#last.get(address)
    // a list and the changes behind it are told as one (DISC-4)
    if (lastTurn !== undefined && last?.turn === lastTurn && last.what !== what)
      fail(`${this.name} hears ${word} right after the opposite`)
    this.#last.set(address, { what, turn: isFirst ? undefined : lastTurn })
    if (what === '+') this.#told.add(address)
    else this.#told.delete(address)
    if (!this.isSkittish) return
    this.isSkittish = false
    this.peer.leave()
  }
}
