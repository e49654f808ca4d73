import { StarError } from '@socket-star/protocol'
import {
  type Encoded,
  encodePayload,
  isEventName,
  OWN_EVENTS,
  type Payload,
  wireBytes,
} from '@socket-star/protocol/session'

const OWN: ReadonlySet<string> = new Set(OWN_EVENTS)

/** @throws StarError ERR_BAD_REQUEST for a name that no event may have */
export function nameOf(event: string): string {
  if (isEventName(event)) return event
  throw new StarError(
    'ERR_BAD_REQUEST',
    OWN.has(event) ? `"${event}" is a session's own event` : 'no event may be called so',
  )
}

/** @throws StarError ERR_TOO_LARGE for more than `most` bytes, or more than ten binaries */
export function encodeWithin(message: Payload, most: number): Encoded {
  const payload = encodePayload(message)
  if (wireBytes(payload, most) > most) {
    throw new StarError('ERR_TOO_LARGE', `a message may have ${most} bytes at most`)
  }
  return payload
}
