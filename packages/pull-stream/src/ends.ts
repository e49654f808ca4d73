import { errorFromWire, errorToWire, isStarError, StarError } from '@socket-star/protocol'
import type { StreamEnd } from './options.ts'
import type { EndOrError } from './types.ts'

/** An end as it travels in `error.<id>` (PS-10, PS-11): `true` or one string. */
export function endToWire(end: EndOrError): true | string {
  return end === true ? true : errorToWire(end)
}

/** What came in `error.<id>`. Only `true` is a clean end: a stream that was cut off must not look complete. */
export function endFromWire(value: unknown): StreamEnd {
  return value === true ? true : errorFromWire(value)
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
