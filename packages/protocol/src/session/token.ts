/** Random bytes in a token (HS-2). */
export const TOKEN_BYTES = 16

/** Characters of a single token, L: {@link TOKEN_BYTES} as base64url without padding (HS-2). */
export const TOKEN_LENGTH = 22

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
const TOKEN = /^[\w-]+$/

/**
 * A token from random bytes that the caller draws: base64url, no padding.
 * Give it {@link TOKEN_BYTES} bytes of a cryptographic source.
 */
export function createToken(random: Uint8Array): string {
  let text = ''
  for (let bit = 0; bit < 8 * random.length; bit += 6) {
    const at = bit >> 3
    const pair = ((random[at] ?? 0) << 8) | (random[at + 1] ?? 0)
    text += ALPHABET[(pair >> (10 - (bit & 7))) & 63]
  }
  return text
}

/** True for a string of one of these lengths, of base64url characters. */
export function isToken(value: unknown, ...lengths: readonly number[]): value is string {
  return typeof value === 'string' && lengths.includes(value.length) && TOKEN.test(value)
}

/**
 * The token of a session (HS-3): each side contributes the first `length`
 * characters of what it showed, in the order of their code units. A merged
 * token that is renewed contributes its first half, so tokens never grow.
 */
export function mergeTokens(one: string, other: string, length: number): string {
  const a = one.slice(0, length)
  const b = other.slice(0, length)
  return a < b ? a + b : b + a
}
