import { MAX_FEATURE_LENGTH, MAX_FEATURES } from '../limits.ts'
import { bad, field, list, positive, record, type Shape, text } from './check.ts'

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** Why a session that the client asked for is a new one (HS-8). */
export const RENEWAL_REASONS = ['unknown', 'principal', 'state-lost'] as const

/** One of {@link RENEWAL_REASONS}. */
export type RenewalReason = (typeof RENEWAL_REASONS)[number]

/** Message 0 of the server, repeated on `star-welcome` after a resume (SES-4). */
export interface Welcome {
  /** Version of the session protocol. */
  readonly v: number
  /** The client's id, a UUID. */
  readonly id: string
  /** Idle time after which a heartbeat is due, in milliseconds. */
  readonly heartbeatMs: number
  /** How long a session without a socket is kept, in milliseconds. */
  readonly resumeWindowMs: number
  /** The server's receive window in messages. */
  readonly windowMessages: number
  /** The server's receive window in bytes. */
  readonly windowBytes: number
  /** The largest message that the server takes, in bytes. */
  readonly maxMessageBytes: number
  /** Extensions; an unknown one means nothing. */
  readonly features: readonly string[]
  /** Set when the client asked for a session that it did not get. */
  readonly renewed?: RenewalReason
}

const SHAPE: Shape<Omit<Welcome, 'renewed'>> = {
  v: positive,
  id: (value) => (typeof value === 'string' && UUID.test(value) ? value : bad()),
  heartbeatMs: positive,
  resumeWindowMs: positive,
  windowMessages: positive,
  windowBytes: positive,
  maxMessageBytes: positive,
  features: list(MAX_FEATURES, text(MAX_FEATURE_LENGTH)),
}

/** Reads a {@link Welcome}. Throws `ERR_BAD_FRAME`. */
export function parseWelcome(value: unknown): Welcome {
  const welcome = record(SHAPE, value)
  const renewed = field(value, 'renewed')
  if (renewed === undefined) return welcome
  // a reason of a later version still says that the session is a new one
  return { ...welcome, renewed: RENEWAL_REASONS.find((reason) => reason === renewed) ?? 'unknown' }
}
