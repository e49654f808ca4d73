import { ClientIdentity, TOKEN_BYTES } from '@socket-star/protocol/session'
import { base64url } from '../base64url.ts'
import type { Env } from '../env.ts'

/** Draws a token, or another name that nobody guesses. */
export function newSecret(env: Env): string {
  return base64url(env.randomBytes(TOKEN_BYTES))
}

/** Another owner (HS-12). `token`: of the session to come back to. */
export function newIdentity(env: Env, token?: string): ClientIdentity {
  return new ClientIdentity({
    owner: newSecret(env),
    newToken: () => newSecret(env),
    // timing tells nothing here: what is compared is this client's own
    digest: (each) => each,
    token,
  })
}
