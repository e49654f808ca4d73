import { generateKeyPair } from '@libp2p/crypto/keys'
import type { PrivateKey } from '@libp2p/interface'

/** A key, as an option of `joinStar`, and its peer id. */
class Key {
  readonly privateKey: PrivateKey

  constructor(privateKey: PrivateKey) {
    this.privateKey = privateKey
  }

  // no property of its own, and so no option
  get peerId(): string {
    return this.privateKey.publicKey.toString()
  }
}

/** A fresh Ed25519 key and its peer id. */
export async function newKey(): Promise<Key> {
  return new Key(await generateKeyPair('Ed25519'))
}

/** The port that nothing listens on and nothing is sent to: for addresses that need no server. */
export const NOWHERE = '/ip4/127.0.0.1/tcp/9/ws/p2p-websocket-star'
