import { type ErrorCode, errorFromWire, errorToWire, StarError } from '../../errors.ts'
import { field } from './check.ts'

/**
 * Why a side closes a socket (SES-5), and whether a client that was told so
 * should try again with what it has.
 */
export const CLOSE_REASONS = {
  /** The other side was silent for too long. */
  timeout: true,
  /** Another owner took the session over. */
  replaced: false,
  /** A later attempt of the same owner has the session. A client whose newest socket is told so tries a later one. */
  stale: true,
  /** The session was ended formally. */
  ended: false,
  /** The session belongs to another principal. */
  principal: false,
  /** The two sides' cursors cannot both be true. */
  'state-lost': true,
  /** The server wants to go: connect again, perhaps elsewhere. */
  drain: true,
  /** A token or frame that does not belong where it came. */
  protocol: false,
  /** This connection may not have a session: not encrypted, not authenticated. */
  forbidden: false,
  /** A limit was reached. */
  quota: true,
  /** The server could not look the session up. */
  unavailable: true,
} as const satisfies Record<string, boolean>

/** One of {@link CLOSE_REASONS}. */
export type CloseReason = keyof typeof CLOSE_REASONS

/** What travels on `star-close` just before the socket closes. */
export interface Close {
  readonly reason: CloseReason
  /** True: back off and try again with the same token. */
  readonly retryable: boolean
  readonly error: StarError | undefined
}

/** What a client tells itself when it gives a socket up and is to try again. */
export function givenUp(reason: CloseReason, code?: ErrorCode): Close {
  return { reason, retryable: true, error: code && new StarError(code) }
}

/** A {@link Close} for the wire. An error appears as its code and text, never more. */
export function encodeClose(
  reason: CloseReason,
  error?: unknown,
  retryable: boolean = CLOSE_REASONS[reason],
) {
  return error === undefined ? { reason, retryable } : { reason, retryable, error: errorToWire(error) }
}

/**
 * Reads a {@link Close}. Never throws: the socket closes anyhow. What cannot be
 * read, or names a reason of a later version, is `protocol`, retryable as it says.
 */
export function parseClose(value: unknown): Close {
  const named = field(value, 'reason')
  const known = Object.keys(CLOSE_REASONS) as CloseReason[]
  const error = field(value, 'error')
  return {
    reason: known.find((reason) => reason === named) ?? 'protocol',
    retryable: field(value, 'retryable') === true,
    error: error === undefined ? undefined : errorFromWire(error),
  }
}
