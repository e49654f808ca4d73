import { generateKeyPair } from '@libp2p/crypto/keys'
import type { PrivateKey } from '@libp2p/interface'

/** A fresh Ed25519 key and its peer id. */
export async function newKey(): Promise<{ privateKey: PrivateKey; peerId: string }> {
  const privateKey = await generateKeyPair('Ed25519')
  return { privateKey, peerId: privateKey.publicKey.toString() }
}

/** The port that nothing listens on and nothing is sent to: for addresses that need no server. */
export const NOWHERE = '/ip4/127.0.0.1/tcp/9/ws/p2p-websocket-star'
