/**
 * Stands in for our own client, as the light legacy clients do for theirs: so
 * that what is compared are servers, and not what many clients on the same
 * processor do to its caches. Like those it asks for no session.
 */
import { decodeAddresses, type KnownList } from '@socket-star/protocol/rendezvous'
import { nowMs } from '../clock.ts'
import { LightSocket } from './light-socket.ts'
import { randomPeerId } from './peer-id.ts'
import { readOnce } from './read-once.ts'
import type { Ears, SwarmPeer } from './swarm.ts'

const PEERS_EVENT = '["ss-peers",'

/** What an `ss-peers` says (PROTOCOL.md, DISC-4 and DISC-5). */
type Update =
  | { readonly v: number; readonly id: string; readonly all: readonly string[] }
  | { readonly v: number; readonly add: readonly string[]; readonly drop: readonly string[] }

/** Connects, and joins a random address with the challenge off. */
export async function joinLightClient(url: string, ears: Ears): Promise<SwarmPeer> {
  const client = new LightClient(url)
  await client.connected
  return client.join(ears)
}

class LightClient {
  readonly connected: Promise<void>
  readonly #socket: LightSocket
  readonly #server: string
  readonly #peers = new Set<string>()
  #known: KnownList | undefined
  #ears: Ears | undefined

  constructor(url: string) {
    this.#server = `/ip4/127.0.0.1/tcp/${new URL(url).port}/ws/p2p-websocket-star`
    this.#socket = new LightSocket(url, 4, (json) => this.#came(json))
    this.connected = this.#socket.connected
  }

  async join(ears: Ears): Promise<SwarmPeer> {
    const address = `${this.#server}/p2p/${randomPeerId()}`
    this.#ears = ears
    for (const peer of this.#peers) ears.there(peer)
    const askedAtMs = nowMs()
    // what our own client asks for: the changes alone of a list that it has (DISC-16)
    const wish = this.#known === undefined ? [] : [{ watch: this.#known }]
    const [, , , version] = await this.#socket.ask('ss-join', address, '', ...wish)
    if (version === undefined || version !== this.#known?.v) await this.#socket.ask('ss-watch')
    return {
      address,
      askedAtMs,
      again: (next) => {
        this.#socket.emit('ss-leave', address)
        return this.join(next)
      },
      disconnect: () => this.#socket.disconnect(),
    }
  }

  #came(json: string): void {
    if (!json.startsWith(PEERS_EVENT)) return
    this.#ears?.event()
    const update = updateIn(json)
    if ('all' in update) {
      this.#known = { id: update.id, v: update.v }
      const present = new Set(update.all)
      this.#change(
        update.all,
        [...this.#peers].filter((peer) => !present.has(peer)),
      )
    } else if (this.#known !== undefined && update.v > this.#known.v) {
      const { id, v } = this.#known
      if (update.v === v + 1) {
        this.#known = { id, v: update.v }
        this.#change(update.add, update.drop)
      } else {
        // one was missed (DISC-7); where no list comes either, that is among the missing entries
        this.#known = undefined
        this.#socket.ask('ss-watch').catch(() => {})
      }
    }
  }

  #change(add: readonly string[], drop: readonly string[]): void {
    for (const peer of drop) {
      this.#peers.delete(peer)
      this.#ears?.gone(peer)
    }
    for (const peer of add) {
      this.#peers.add(peer)
      this.#ears?.there(peer)
    }
  }
}

const updateIn = readOnce((json): Update => {
  const [, { all, add, drop, ...rest }] = JSON.parse(json)
  return all === undefined
    ? { ...rest, add: decodeAddresses(add), drop: decodeAddresses(drop) }
    : { ...rest, all: decodeAddresses(all) }
})
