import { StarError } from '@socket-star/protocol'
import {
  type Encoded,
  encodePayload,
  type Payload,
  unanswered,
  wireBytes,
} from '@socket-star/protocol/session'

/** @throws StarError ERR_TOO_LARGE for more than `most` bytes, or more than ten binaries */
export function encodeWithin(message: Payload, most: number): Encoded {
  const payload = encodePayload(message)
  if (wireBytes(payload, most, Buffer.byteLength) > most) {
    throw new StarError('ERR_TOO_LARGE', `a message may have ${most} bytes at most`)
  }
  return payload
}

/** An event that may be lost, or goes to many. @throws StarError ERR_BAD_REQUEST with a callback at its end */
export function withoutCallback(message: readonly unknown[]): Payload {
  if (typeof message.at(-1) === 'function') {
    throw new StarError('ERR_BAD_REQUEST', 'nobody would call the callback: ask a session with emitWithAck')
  }
  return unanswered(message)
}
