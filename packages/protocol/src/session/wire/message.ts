/**
 * What a payload of a session says (SES-8). An application's event is the
 * array that Socket.IO itself would send, `[name, ...args]`; everything else
 * begins with a number. Arguments are the application's: they are handed on as
 * they came and never walked.
 */
import { errorFromWire, errorToWire, MAX_ERROR_TEXT, type StarError } from '../../errors.ts'
import { MAX_ELEMENTS } from '../limits.ts'
import { array, bad, positive } from './check.ts'
import { eventName } from './event-name.ts'
import type { Payload } from './frame.ts'
import { LEFT, REQUEST, RESPONSE, ROOM, WELCOME } from './kinds.ts'
import { decodePayload, type Encoded } from './payload.ts'
import { parseRoom, type RoomNews, roomName } from './room.ts'
import { parseWelcome, type SessionParameters } from './welcome.ts'

/** First elements of requests and their responses, by name. */
export const MESSAGE = { REQUEST, RESPONSE } as const

/** A payload that was read. */
export type Message =
  | { readonly kind: 'event'; readonly name: string; readonly args: unknown[] }
  | { readonly kind: 'request'; readonly id: number; readonly name: string; readonly args: unknown[] }
  | {
      readonly kind: 'response'
      readonly id: number
      readonly error: StarError | null
      readonly args: unknown[]
    }
  | RoomNews
  /** Server: not a member any more. */
  | { readonly kind: 'left'; readonly room: string }
  /** Server: message 0, and around the Channel after a resume. */
  | { readonly kind: 'welcome'; readonly parameters: SessionParameters }

/** An event that waits for its response. */
export function encodeRequest(id: number, name: string, args: readonly unknown[]): Payload {
  return [REQUEST, id, name, ...args]
}

/** The response to a request. */
export function encodeResponse(id: number, args: readonly unknown[]): Payload {
  return [RESPONSE, id, null, ...args]
}

/** The response to a request that failed. */
export function encodeFailure(id: number, error: unknown): Payload {
  // whatever the text, a failure can be sent, and nobody keeps more of it (ERR-4)
  return [RESPONSE, id, errorToWire(error).slice(0, MAX_ERROR_TEXT)]
}

/** The end of a membership, for the member. */
export function encodeLeft(room: string): Payload {
  return [LEFT, room]
}

/**
 * Reads the arguments of `star-volatile` from a server: a message around the Channel. Without binaries one for a room is
 * not encoded a second time: Socket.IO has read it. Throws `ERR_BAD_FRAME`.
 */
export function parseAside(args: readonly unknown[]): Message {
  const [payload] = args
  return parseMessage(typeof payload === 'number' ? args : decodePayload(payload as Encoded))
}

/** Reads a payload. Throws `ERR_BAD_FRAME`. */
export function parseMessage(payload: unknown): Message {
  const parts = array(MAX_ELEMENTS, payload)
  const [kind, id, third] = parts
  if (typeof kind === 'string') return { kind: 'event', name: eventName(kind), args: parts.slice(1) }
  const args = parts.slice(3)
  switch (kind) {
    case REQUEST:
      return { kind: 'request', id: positive(id), name: eventName(third), args }
    case RESPONSE:
      return { kind: 'response', id: positive(id), error: third === null ? null : errorFromWire(third), args }
    case ROOM:
      return parseRoom(parts)
    case LEFT:
      return { kind: 'left', room: roomName(id) }
    case WELCOME:
      return { kind: 'welcome', parameters: parseWelcome(parts) }
    default:
      return bad()
  }
}
