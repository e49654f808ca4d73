import { isStarError } from '@socket-star/protocol'
import type { Env } from './env.ts'

/**
 * Something went wrong over what the server sent. What cannot be read is the
 * server's fault; any other error is a mistake of our own, which stops neither
 * the session nor the process, and is not kept to ourselves.
 */
export function blame(env: Env, error: unknown): void {
  if (!isStarError(error)) env.say(error)
}
