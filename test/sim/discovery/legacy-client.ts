import { publicKeyToProtobuf } from '@libp2p/crypto/keys'
import { encodeJoinData } from '@socket-star/protocol/rendezvous'
import { type ClientSocket, Manager } from '../client-socket.ts'
import type { Owner } from '../clock.ts'
import { type Identity, ownerOf, type World } from './world.ts'

/** As the shipped package does: joins with each connection, and hears `ws-peer`. */
export class LegacyClient {
  readonly name: string
  readonly owner: Owner
  readonly socket: ClientSocket
  gone = false
  readonly #identities = new Set<Identity>()
  /** Those that were joined on this connection. */
  readonly #joined = new Set<Identity>()

  constructor(world: World, name: string) {
    const { network } = world
    this.name = name
    this.owner = ownerOf(name)
    const manager = new Manager('http://127.0.0.1:9090', {
      network,
      owner: this.owner,
      watcher: { made: () => {}, seen: () => {} },
    })
    this.socket = manager.socket('/', {})
    this.socket.on('disconnect', () => this.#joined.clear())
    this.socket.on('connect', () => {
      for (const identity of this.#identities) this.#join(identity)
    })
    // a server of ours never asks a legacy client for anything but this
    this.socket.on('ss-peers', () => world.fail(`${name} is sent a peer list`))
    this.socket.on('ss-left', () => world.fail(`${name} is told that it lost an address`))
  }

  /** Joins of which nothing was heard yet. */
  get pending(): number {
    return this.#identities.size - this.#joined.size
  }

  join(identity: Identity): void {
    if (this.#identities.has(identity)) return
    this.#identities.add(identity)
    if (this.socket.connected) this.#join(identity)
  }

  leave(which: number): void {
    const identity = [...this.#identities][which % Math.max(1, this.#identities.size)]
    if (identity === undefined) return
    this.#identities.delete(identity)
    this.#joined.delete(identity)
    if (this.socket.connected) this.socket.emit('ss-leave', written(identity))
  }

  vanish(): void {
    this.gone = true
    this.owner.gone = true
  }

  #join(identity: Identity): void {
    const { privateKey } = identity
    const address = written(identity)
    const key = encodeJoinData(publicKeyToProtobuf(privateKey.publicKey))
    const joined = (): void => {
      if (this.#identities.has(identity)) this.#joined.add(identity)
    }
    this.socket.emit('ss-join', address, key, async (error: string | null, nonce: string | null) => {
      if (error !== null) return
      if (typeof nonce !== 'string') {
        joined()
        return
      }
      const signature = encodeJoinData(await privateKey.sign(new TextEncoder().encode(nonce)))
      this.socket.emit('ss-join', address, signature, joined)
    })
  }
}

/** In the spelling that shipped clients read. */
function written({ address }: Identity): string {
  return address.replace('/p2p/', '/ipfs/')
}
