import { fromString } from 'uint8arrays/from-string'
import { toString as bytesToText } from 'uint8arrays/to-string'
import { StarError } from '../errors.ts'
import { MAX_JOIN_DATA_LENGTH } from './limits.ts'

const HEX = /^(?:[0-9a-f]{2})*$/i
const BASE64 = /^[A-Za-z0-9+/_-]*={0,2}$/

/**
 * The bytes in a join's second argument (JOIN-4): hex, base64 or base64url;
 * none when it is empty, `null` or absent.
 *
 * @throws StarError ERR_BAD_REQUEST when it is anything else or too long
 */
export function decodeJoinData(data: string): Uint8Array {
  if (data.length > MAX_JOIN_DATA_LENGTH) {
    throw new StarError('ERR_BAD_REQUEST', `the data is longer than ${MAX_JOIN_DATA_LENGTH} characters`)
  }
  if (HEX.test(data)) return fromString(data.toLowerCase(), 'hex')
  try {
    if (BASE64.test(data)) {
      const plain = data.replace(/=+$/, '').replaceAll('-', '+').replaceAll('_', '/')
      return fromString(plain, 'base64')
    }
  } catch {
    // a length that no base64 text has: as malformed as any other
  }
  throw new StarError('ERR_BAD_REQUEST', 'the data is neither hex nor base64')
}

/** A key or a signature as every shipped server reads it: hex (JOIN-4). */
export function encodeJoinData(bytes: Uint8Array): string {
  return bytesToText(bytes, 'hex')
}
