import { backoffMs as backoff } from '../backoff.ts'
import { FIRST_RETRY_MS, MAX_RETRY_MS } from './limits.ts'

/** How long to wait before the next attempt (JOIN-16), as {@link backoff} says. */
export function backoffMs(failures: number, random: number): number {
  return backoff(failures, random, FIRST_RETRY_MS, MAX_RETRY_MS)
}
