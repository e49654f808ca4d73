import { bad, field, integer, list, text } from './check.ts'

/** Most features that a welcome lists (SES-4). */
export const MAX_FEATURES = 64
/** Longest name of a feature (SES-4). */
export const MAX_FEATURE_LENGTH = 64

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

const NUMBERS = [
  'v',
  'heartbeatMs',
  'resumeWindowMs',
  'windowMessages',
  'windowBytes',
  'maxMessageBytes',
] as const

/** Reads a {@link Welcome}. Throws `ERR_BAD_FRAME`. */
export function parseWelcome(value: unknown): Welcome {
  const numbers = NUMBERS.map((key) => [key, integer(field(value, key), 1)])
  const id = text(field(value, 'id'), 36)
  const renewed = field(value, 'renewed')
  return {
    ...(Object.fromEntries(numbers) as Record<(typeof NUMBERS)[number], number>),
    id: UUID.test(id) ? id : bad(),
    features: list(field(value, 'features'), MAX_FEATURES).map((feature) =>
      text(feature, MAX_FEATURE_LENGTH),
    ),
    // a reason of a later version still says that the session is a new one
    ...(renewed !== undefined && {
      renewed: RENEWAL_REASONS.find((reason) => reason === renewed) ?? 'unknown',
    }),
  }
}
