import { TOKEN_BYTES } from '@socket-star/protocol/session'
import { base64url } from '../base64.ts'
import type { Env } from '../env.ts'

/** Draws a token, or another name that nobody guesses. */
export function newSecret(env: Env): string {
  return base64url(env.randomBytes(TOKEN_BYTES))
}
