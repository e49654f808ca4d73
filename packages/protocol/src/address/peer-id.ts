import { base58btc } from 'multiformats/bases/base58'
import { CID } from 'multiformats/cid'
import * as Digest from 'multiformats/hashes/digest'
import { equals } from 'uint8arrays/equals'
import { StarError } from '../errors.ts'

const IDENTITY = 0x00
const SHA2_256 = 0x12
/** The longest public key that a peer id holds as it is, in bytes (ADDR-5). */
const MAX_INLINE_KEY_BYTES = 42

/**
 * The canonical text of a peer id (ADDR-5): base58btc of its multihash, `Qm…`,
 * `12D3…` or `16Uiu…`, also where it came as a CID.
 *
 * @throws StarError ERR_BAD_ADDRESS when the text is no peer id
 */
export function canonicalPeerId(text: string): string {
  const { bytes } = multihashOf(text)
  // base58btc has one spelling for a value, and lists of addresses are long
  return isBareMultihash(text) ? text : base58btc.baseEncode(bytes)
}

/**
 * True when `publicKey` (libp2p's protobuf encoding) is the key that a canonical
 * peer id stands for (JOIN-7): the id holds the key itself, or its SHA-256.
 */
export function peerIdMatchesKey(
  peerId: string,
  publicKey: Uint8Array,
  sha256: (bytes: Uint8Array) => Uint8Array,
): boolean {
  const { code, digest } = multihashOf(peerId)
  return equals(digest, code === IDENTITY ? publicKey : sha256(publicKey))
}

function multihashOf(text: string): { code: number; digest: Uint8Array; bytes: Uint8Array } {
  const hash = decode(text)
  const known =
    (hash?.code === SHA2_256 && hash.size === 32) ||
    (hash?.code === IDENTITY && hash.size > 0 && hash.size <= MAX_INLINE_KEY_BYTES)
  if (hash === undefined || !known) throw new StarError('ERR_BAD_ADDRESS', 'the peer id is not valid')
  return hash
}

function decode(text: string) {
  try {
    if (isBareMultihash(text)) return Digest.decode(base58btc.baseDecode(text))
    return CID.parse(text).multihash
  } catch {
    return undefined
  }
}

/** A bare multihash carries no multibase prefix; every other spelling is a CID. */
function isBareMultihash(text: string): boolean {
  return text.startsWith('Qm') || text.startsWith('1')
}
