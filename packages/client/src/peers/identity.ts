import { publicKeyToProtobuf } from '@libp2p/crypto/keys'
import type { PrivateKey } from '@libp2p/interface'
import { StarError } from '@socket-star/protocol'
import { canonicalPeerId } from '@socket-star/protocol/address'
import { encodeJoinData } from '@socket-star/protocol/rendezvous'

/** A private key as joining needs it. */
export interface Identity {
  /** The peer id that belongs to the key, base58btc. */
  readonly peerId: string
  /** The public key as it travels (JOIN-4). */
  readonly publicKey: string
  /**
   * The signature of a text's UTF-8 bytes as it travels (JOIN-4, JOIN-8).
   *
   * @throws StarError ERR_BAD_KEY
   */
  sign(text: string): Promise<string>
}

const SUPPORTED: ReadonlySet<string> = new Set(['Ed25519', 'secp256k1', 'RSA'])

/** @throws StarError ERR_BAD_KEY when it is not an Ed25519, secp256k1 or RSA key of libp2p */
export function identityOf(privateKey: PrivateKey): Identity {
  if (!SUPPORTED.has(privateKey?.type)) {
    throw new StarError('ERR_BAD_KEY', 'the private key is not an Ed25519, secp256k1 or RSA key')
  }
  const { publicKey } = privateKey
  return {
    peerId: canonicalPeerId(publicKey.toString()),
    publicKey: encodeJoinData(publicKeyToProtobuf(publicKey)),
    sign: async (text) => {
      try {
        return encodeJoinData(await privateKey.sign(new TextEncoder().encode(text)))
      } catch (cause) {
        throw new StarError('ERR_BAD_KEY', 'the private key cannot sign', { cause })
      }
    },
  }
}
