import { randomBytes } from 'node:crypto'
import { base58btc } from 'multiformats/bases/base58'

/** The multihash head of a SHA-256: an id that every generation of the protocol can read. */
const SHA2_256_HEAD = [0x12, 0x20]
const SHA2_256_BYTES = 32

/** The id of nobody: for servers that ask for no proof. */
export function randomPeerId(): string {
  const multihash = Uint8Array.from([...SHA2_256_HEAD, ...randomBytes(SHA2_256_BYTES)])
  // without the letter that names the base
  return base58btc.encode(multihash).slice(1)
}
