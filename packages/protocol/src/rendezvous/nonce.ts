import { toString as bytesToText } from 'uint8arrays/to-string'
import { StarError } from '../errors.ts'
import { MAX_NONCE_LENGTH } from './limits.ts'

/** What every challenge of ours begins with, so that its signature is good for nothing else (JOIN-6). */
export const NONCE_DOMAIN = 'socket-star join 1'
/** How many random bytes a challenge holds (JOIN-6). */
export const NONCE_RANDOM_BYTES = 32

/** A challenge for one address: `socket-star join 1 <canonical address> <43 base64url characters>` (JOIN-6). */
export function createNonce(canonical: string, random: Uint8Array): string {
  if (random.length !== NONCE_RANDOM_BYTES) {
    throw new RangeError(`a challenge takes ${NONCE_RANDOM_BYTES} random bytes, got ${random.length}`)
  }
  return `${NONCE_DOMAIN} ${canonical} ${bytesToText(random, 'base64url')}`
}

/** Whether a challenge comes from a server that is ours, and takes part in its extensions (DISC-15). */
export function isOwnNonce(nonce: string): boolean {
  return nonce.startsWith(NONCE_DOMAIN)
}

const RANDOM_PART = /^[A-Za-z0-9_-]{43}$/

/**
 * Whether a client may sign what a server sent as a challenge (JOIN-8): a
 * challenge of ours for its own address and, where the application allows it,
 * a legacy one. A text in our domain for another address is never signed.
 *
 * @throws StarError ERR_CHALLENGE, or ERR_LEGACY_CHALLENGE for bytes of the server's choice
 */
export function checkNonce(
  nonce: unknown,
  ownCanonical: string,
  allowLegacy = false,
): asserts nonce is string {
  if (typeof nonce !== 'string' || nonce === '' || nonce.length > MAX_NONCE_LENGTH) {
    throw new StarError('ERR_CHALLENGE', 'the challenge is not a text of a sensible length')
  }
  if (!isOwnNonce(nonce)) {
    if (allowLegacy) return
    throw new StarError(
      'ERR_LEGACY_CHALLENGE',
      'this server asks for a signature over bytes of its choice; set allowLegacyChallenge if you trust it',
    )
  }
  const prefix = `${NONCE_DOMAIN} ${ownCanonical} `
  if (!nonce.startsWith(prefix) || !RANDOM_PART.test(nonce.slice(prefix.length))) {
    throw new StarError('ERR_CHALLENGE', 'the challenge is not for the address that this client joins')
  }
}
