import { isStarError, StarError } from '@socket-star/protocol'

/**
 * What an operation fails with once its signal has been aborted: the reason
 * itself where it is one of ours (a lost connection, a peer that left), else
 * `ERR_ABORTED` with the reason as its cause.
 */
export function abortError(signal: AbortSignal): StarError {
  if (isStarError(signal.reason)) return signal.reason
  return new StarError('ERR_ABORTED', undefined, { cause: signal.reason })
}

/** @throws StarError what {@link abortError} says, when the signal has been aborted */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw abortError(signal)
}
