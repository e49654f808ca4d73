import { errorFromWire, errorToWire, type StarError } from '../../errors.ts'
import { reasonName } from './check.ts'

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

/** A {@link Close} as the arguments of `star-close`. An error appears as its code and text, never more. */
export function encodeClose(reason: CloseReason, error?: unknown): unknown[] {
  const close = [reason, CLOSE_REASONS[reason]]
  return error === undefined ? close : [...close, errorToWire(error)]
}

/**
 * Reads the arguments of `star-close`. What a later version may do is for its own reason, which counts as it stands.
 * Throws `ERR_BAD_FRAME`.
 */
export function parseClose([reason, retryable, error]: readonly unknown[]): Close {
  return {
    reason: reasonName(reason) as CloseReason,
    retryable: retryable === true,
    error: error ? errorFromWire(error) : undefined,
  }
}
