import { StarError } from '../../errors.ts'
import { MAX_EVENT_NAME } from '../limits.ts'
import { bad } from './check.ts'
import type { Payload } from './frame.ts'

/** What sessions themselves tell the application, on either side: no event of an application is called so (SES-8). */
export const OWN_EVENTS = [
  'drain',
  'end',
  'gap',
  'refused',
  'renew',
  'replaced',
  'resume',
  'status',
  'undelivered',
] as const

/** Names that a Socket.IO socket emits for itself. */
export const SOCKET_IO_EVENTS = [
  'connect',
  'connect_error',
  'disconnect',
  'disconnecting',
  'newListener',
  'removeListener',
] as const

/** Names that mean something to Socket.IO or to sessions, and cannot be sent (SES-8). */
const RESERVED: ReadonlySet<string> = new Set([...OWN_EVENTS, ...SOCKET_IO_EVENTS])

/** True for what may name an event: not a name of Socket.IO's or a session's own, not one that every object has. */
export function isEventName(value: unknown): value is string {
  return (
    typeof value === 'string' &&
    value.length <= MAX_EVENT_NAME &&
    !RESERVED.has(value) &&
    !(value in Object.prototype)
  )
}

/** The name of an event that the other side sent. Throws `ERR_BAD_FRAME`. */
export function eventName(value: unknown): string {
  return isEventName(value) ? value : bad()
}

/** An event that nobody can answer: one that may be lost, or goes to a room. Throws `ERR_BAD_REQUEST` for a callback. */
export function unanswered(event: readonly unknown[]): Payload {
  eventNameOf(event[0])
  if (typeof event.at(-1) === 'function') throw new StarError('ERR_BAD_REQUEST')
  return event
}

/** Reads what an application calls an event. Throws `ERR_BAD_REQUEST`. */
export function eventNameOf(event: unknown): string {
  if (isEventName(event)) return event
  throw new StarError('ERR_BAD_REQUEST', `"${String(event)}" names no event`)
}
