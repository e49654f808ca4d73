/**
 * What this package reads of the insides of Socket.IO, Engine.IO, ws and Node.
 * They differ between versions, so everything may be missing, and is looked at
 * before it is used. Properties are named here, not looked up by a string: a
 * relay reads them for each frame.
 */
export interface Insides {
  // A Socket.IO socket, of a server or a client.
  readonly conn?: unknown
  readonly io?: unknown
  readonly nsp?: unknown
  readonly _opts?: unknown
  // A namespace, a server, a manager.
  readonly server?: unknown
  readonly opts?: unknown
  readonly connectionStateRecovery?: unknown
  readonly engine?: unknown
  // An Engine.IO socket and its transport.
  readonly writeBuffer?: unknown
  readonly on?: unknown
  readonly off?: unknown
  readonly _prevBufferLen?: unknown
  readonly prevBufferLen?: unknown
  readonly readyState?: unknown
  readonly protocol?: unknown
  readonly pingTimeoutTimer?: unknown
  readonly transport?: unknown
  readonly name?: unknown
  readonly ws?: unknown
  readonly socket?: unknown
  // A packet of Engine.IO and what it carries.
  readonly type?: unknown
  readonly data?: unknown
  readonly byteLength?: unknown
  readonly size?: unknown
  // A WebSocket and the connection below it.
  readonly bufferedAmount?: unknown
  readonly _socket?: unknown
  readonly _handle?: unknown
  readonly _writableState?: unknown
  readonly writelen?: unknown
  readonly writeQueueSize?: unknown
  readonly bytesWritten?: unknown
}

const NOTHING: Insides = {}

/** Looks into something whose type is not known. */
export function inside(owner: unknown): Insides {
  return owner ?? NOTHING
}

/** A number, or 0 when it is none. */
export function numberOr0(value: unknown): number {
  return typeof value === 'number' ? value : 0
}

/** True when `owner` has a method of that name. */
export function hasMethod<Name extends string>(
  owner: unknown,
  name: Name,
): owner is Record<Name, (...args: unknown[]) => unknown> {
  return typeof (owner as Record<string, unknown> | null | undefined)?.[name] === 'function'
}
