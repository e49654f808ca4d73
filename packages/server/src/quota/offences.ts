import { type ErrorCode, isStarError } from '@socket-star/protocol'
import type { StarQuotas } from '../limits.ts'
import { TokenBucket } from './token-bucket.ts'

/** What one request counts that no honest client sends (LIM-4). */
const OFFENCE = 1
/** What one counts that an honest client may send when it is in a hurry, or unlucky. */
const SLIP = 0.2

const WEIGHTS: Partial<Record<ErrorCode, number>> = {
  ERR_BAD_ADDRESS: OFFENCE,
  ERR_BAD_DIAL_ID: OFFENCE,
  ERR_BAD_KEY: OFFENCE,
  ERR_BAD_REQUEST: OFFENCE,
  ERR_ID_MISMATCH: OFFENCE,
  ERR_SIGNATURE: OFFENCE,
  ERR_CHALLENGE_EXPIRED: SLIP,
  ERR_DIAL_ID_IN_USE: SLIP,
  ERR_FORBIDDEN: SLIP,
  ERR_KEY_REQUIRED: SLIP,
  ERR_NOT_JOINED: SLIP,
  ERR_QUOTA: SLIP,
}

/** The offences of one socket, which are forgotten with time (LIM-4). */
export class Offences {
  readonly #bucket: TokenBucket

  constructor(quotas: StarQuotas, now: number) {
    this.#bucket = new TokenBucket(quotas.offencesForgottenPerSecond, quotas.offences, now)
  }

  /** Counts what a request was refused for; false when the socket has gone too far. */
  record(error: unknown, now: number): boolean {
    const weight = isStarError(error) ? (WEIGHTS[error.code] ?? 0) : 0
    return weight === 0 || this.#bucket.take(now, weight)
  }
}
