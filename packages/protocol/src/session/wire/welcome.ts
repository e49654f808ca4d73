import { MAX_ID_LENGTH } from '../limits.ts'
import { positive, reasonName, text } from './check.ts'
import type { Payload } from './frame.ts'
import { WELCOME } from './kinds.ts'

/** Why a session that the client asked for is a new one (HS-8). */
export const RENEWAL_REASONS = ['unknown', 'principal', 'state-lost'] as const

/** One of {@link RENEWAL_REASONS}. */
export type RenewalReason = (typeof RENEWAL_REASONS)[number]

/** What a client needs of a {@link Welcome}. */
export interface SessionParameters {
  /** The client's id, a UUID. */
  readonly id: string
  /** Idle time after which a heartbeat is due, in milliseconds. */
  readonly heartbeatMs: number
  /** The largest message that the server takes, in bytes. */
  readonly maxMessageBytes: number
  /** Set when the client asked for a session that it did not get. */
  readonly renewed?: RenewalReason | undefined
}

/** The parameters of a session: message 0 of the server, said again around the Channel after a resume (SES-4). */
export interface Welcome extends SessionParameters {
  /** Version of the session protocol. */
  readonly v: number
  /** How long a session without a socket is kept, in milliseconds. */
  readonly resumeWindowMs: number
  /** The server's receive window in messages. */
  readonly windowMessages: number
  /** The server's receive window in bytes. */
  readonly windowBytes: number
  /** Extensions; an unknown one means nothing. */
  readonly features: readonly string[]
}

/** A {@link Welcome} as a message of the session. */
export function encodeWelcome(welcome: Welcome): Payload {
  const { v, id, heartbeatMs, maxMessageBytes, renewed = null } = welcome
  const { resumeWindowMs, windowMessages, windowBytes, features } = welcome
  const rest = [resumeWindowMs, windowMessages, windowBytes, features]
  return [WELCOME, v, id, heartbeatMs, maxMessageBytes, renewed, ...rest]
}

/** Reads a {@link Welcome}, as far as a client needs it. Throws `ERR_BAD_FRAME`. */
export function parseWelcome([
  ,
  ,
  id,
  heartbeatMs,
  maxMessageBytes,
  renewed,
]: readonly unknown[]): SessionParameters {
  return {
    id: text(MAX_ID_LENGTH)(id),
    heartbeatMs: positive(heartbeatMs),
    maxMessageBytes: positive(maxMessageBytes),
    // one of a later version counts as it stands
    renewed: renewed === null ? undefined : (reasonName(renewed) as RenewalReason),
  }
}
