import { errorFromWire, errorToWire, isStarError, MAX_ERROR_TEXT, StarError } from '@socket-star/protocol'
import type { StreamEnd } from './options.ts'
import type { EndOrError } from './types.ts'

/** An end as it travels in `error.<id>` (PS-10, PS-11): `true` or one string. */
export function endToWire(end: EndOrError): true | string {
  return end === true ? true : errorToWire(end)
}

/** What came in `error.<id>`. Only `true` is a clean end: a stream that was cut off must not look complete. */
export function endFromWire(value: unknown): StreamEnd {
  if (value === true) return true
  const error = errorFromWire(typeof value === 'string' ? cut(value) : value)
  // the end may be kept for long, and until it is read a stack keeps all that is on it: the packet, too
  void error.stack
  return error
}

/** Letter by letter: a slice would keep the whole of a long text in memory for as long as the error is (ERR-4). */
function cut(text: string): string {
  return text.length > MAX_ERROR_TEXT ? text.slice(0, MAX_ERROR_TEXT).split('').join('') : text
}

/** The end that someone gave, as one of ours. */
export function toStreamEnd(end: EndOrError): StreamEnd {
  if (end === true || isStarError(end)) return end
  return new StarError('ERR_ABORTED', undefined, { cause: end })
}

/** The end that an abort signal asks for. */
export function endOfSignal(signal: AbortSignal): StarError {
  const reason: unknown = signal.reason
  return isStarError(reason) ? reason : new StarError('ERR_ABORTED', undefined, { cause: reason })
}

/** How a stream ends whose connection is lost. */
export function disconnected(): StarError {
  return new StarError('ERR_DISCONNECTED', 'the connection was lost before the stream was complete')
}
