/**
 * What a payload of a session says (SES-8). An application's event is the
 * array that Socket.IO itself would send, `[name, ...args]`; everything else
 * begins with a number. Arguments are the application's: they are handed on as
 * they came and never walked.
 */
import { errorFromWire, errorToWire, MAX_ERROR_TEXT, type StarError } from '../../errors.ts'
import { MAX_ELEMENTS } from '../limits.ts'
import { array, positive } from './check.ts'
import { eventName } from './event-name.ts'
import type { Payload } from './frame.ts'
import { FAILURE, REQUEST, RESPONSE } from './kinds.ts'
import { parseRoomControl, type RoomControl } from './room.ts'

/** First elements of requests and their answers, by name. */
export const MESSAGE = { REQUEST, RESPONSE, FAILURE } as const

/** A payload that was read. */
export type Message =
  | { readonly kind: 'event'; readonly name: string; readonly args: unknown[] }
  | { readonly kind: 'request'; readonly id: number; readonly name: string; readonly args: unknown[] }
  | { readonly kind: 'response'; readonly id: number; readonly args: unknown[] }
  | { readonly kind: 'failure'; readonly id: number; readonly error: StarError }
  | RoomControl

/** An event that waits for its response. */
export function encodeRequest(id: number, name: string, args: readonly unknown[]): Payload {
  return [REQUEST, id, name, ...args]
}

/** The response to a request. */
export function encodeResponse(id: number, args: readonly unknown[]): Payload {
  return [RESPONSE, id, ...args]
}

/** The response to a request that failed. */
export function encodeFailure(id: number, error: unknown): Payload {
  // whatever the text, a failure can be sent, and nobody keeps more of it (ERR-4)
  return [FAILURE, id, errorToWire(error).slice(0, MAX_ERROR_TEXT)]
}

/** Reads a payload. Throws `ERR_BAD_FRAME`. */
export function parseMessage(payload: unknown): Message {
  const parts = array(MAX_ELEMENTS, payload)
  const [kind, id, third] = parts
  if (typeof kind === 'string') return { kind: 'event', name: eventName(kind), args: parts.slice(1) }
  switch (kind) {
    case REQUEST:
      return { kind: 'request', id: positive(id), name: eventName(third), args: parts.slice(3) }
    case RESPONSE:
      return { kind: 'response', id: positive(id), args: parts.slice(2) }
    case FAILURE:
      return { kind: 'failure', id: positive(id), error: errorFromWire(third) }
    default:
      return parseRoomControl(parts)
  }
}
