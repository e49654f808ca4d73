/**
 * Small readers for values that came from the other side. Each looks at one
 * value, never deeper, and checks a length before it walks: the work is bounded
 * by a named limit whatever arrived (SES-3).
 */
import { StarError } from '../../errors.ts'

/** Longest name of an event, in UTF-16 units (SES-8). */
export const MAX_EVENT_NAME = 256

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

/** Names that mean something to Socket.IO or to sessions, and cannot be sent (SES-8). */
const RESERVED: ReadonlySet<string> = new Set([
  ...OWN_EVENTS,
  'connect',
  'connect_error',
  'disconnect',
  'disconnecting',
  'newListener',
  'removeListener',
])

/** Throws the error for a value that is not what its place asks for. */
export function bad(): never {
  throw new StarError('ERR_BAD_FRAME')
}

/** A safe integer of at least `least`. */
export function integer(value: unknown, least = 0): number {
  return Number.isSafeInteger(value) && (value as number) >= least ? (value as number) : bad()
}

/** A string of at least one and at most `most` UTF-16 units. */
export function text(value: unknown, most: number): string {
  return typeof value === 'string' && value !== '' && value.length <= most ? value : bad()
}

/** An array of at most `most` elements. */
export function list(value: unknown, most: number): readonly unknown[] {
  return Array.isArray(value) && value.length <= most ? value : bad()
}

/** The own value of a plain object, never one of its prototype. */
export function field(record: unknown, key: string): unknown {
  return typeof record === 'object' && record !== null && Object.hasOwn(record, key)
    ? (record as Record<string, unknown>)[key]
    : undefined
}

/** True for what may name an event: not a name of Socket.IO's or a session's own, not one that every object has. */
export function isEventName(value: unknown): value is string {
  return (
    typeof value === 'string' &&
    value.length <= MAX_EVENT_NAME &&
    !RESERVED.has(value) &&
    !(value in Object.prototype)
  )
}

/** Reads what an application calls an event. Throws `ERR_BAD_REQUEST`. */
export function eventNameOf(event: unknown): string {
  if (isEventName(event)) return event
  const own = (OWN_EVENTS as readonly unknown[]).includes(event)
  throw new StarError(
    'ERR_BAD_REQUEST',
    own ? `"${event}" is a session's own event` : 'no event may be called so',
  )
}
