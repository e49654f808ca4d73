import { StarError } from '@socket-star/protocol'
import { type Encoded, encodePayload, type Payload, wireBytes } from '@socket-star/protocol/session'

/** @throws StarError ERR_TOO_LARGE for more than `most` bytes, or more than ten binaries */
export function encodeWithin(message: Payload, most: number): Encoded {
  const payload = encodePayload(message)
  if (wireBytes(payload, most) > most) {
    throw new StarError('ERR_TOO_LARGE', `a message may have ${most} bytes at most`)
  }
  return payload
}
