import { publicKeyFromProtobuf } from '@libp2p/crypto/keys'
import { StarError } from '@socket-star/protocol'

/** RSA moduli outside of these bounds are refused, in bits (JOIN-20). */
const MIN_RSA_BITS = 2048
const MAX_RSA_BITS = 8192
/** The longest RSA exponent, in bytes: a long one makes verifying as slow as signing (JOIN-20). */
const MAX_RSA_EXPONENT_BYTES = 4

type Key = ReturnType<typeof publicKeyFromProtobuf>

/** A public key that the server verifies with. */
export type PublicKey = Exclude<Key, { readonly type: 'ECDSA' }>

/**
 * Reads a public key in libp2p's protobuf encoding: Ed25519, secp256k1 or RSA (JOIN-20).
 *
 * @throws StarError ERR_BAD_KEY when it cannot be read or is of another kind or size
 */
export function readPublicKey(protobuf: Uint8Array): PublicKey {
  const key = decode(protobuf)
  switch (key.type) {
    case 'Ed25519':
    case 'secp256k1':
      return key
    case 'RSA':
      checkRsa(key)
      return key
    case 'ECDSA':
      throw new StarError('ERR_BAD_KEY', 'ECDSA keys are not supported')
    default:
      return key satisfies never
  }
}

/** True when `signature` is the key's over the UTF-8 bytes of `text`; false for anything else, also nonsense. */
export async function verifies(key: PublicKey, text: string, signature: Uint8Array): Promise<boolean> {
  if (signature.length === 0) return false
  try {
    return await key.verify(new TextEncoder().encode(text), signature)
  } catch {
    return false
  }
}

function decode(protobuf: Uint8Array): Key {
  try {
    return publicKeyFromProtobuf(protobuf)
  } catch (cause) {
    throw new StarError('ERR_BAD_KEY', undefined, { cause })
  }
}

function checkRsa(key: PublicKey & { readonly type: 'RSA' }): void {
  const { n, e } = key.jwk
  const bits = significantBytes(n) * 8
  if (bits < MIN_RSA_BITS || bits > MAX_RSA_BITS) {
    throw new StarError('ERR_BAD_KEY', `RSA keys have ${MIN_RSA_BITS} to ${MAX_RSA_BITS} bits here`)
  }
  if (significantBytes(e) > MAX_RSA_EXPONENT_BYTES) {
    throw new StarError('ERR_BAD_KEY', `RSA exponents have at most ${MAX_RSA_EXPONENT_BYTES} bytes here`)
  }
}

function significantBytes(base64url: string | undefined): number {
  const bytes = Buffer.from(base64url ?? '', 'base64url')
  const first = bytes.findIndex((byte) => byte !== 0)
  return first === -1 ? 0 : bytes.length - first
}
