import type { Insides } from '../insides.ts'

/** What is read of an Engine.IO socket and of the WebSocket below it; any of it may be missing. */
interface Below extends Insides {
  readonly transport?: Below
  readonly ws?: object
  readonly socket?: object
  readonly bufferedAmount?: number
  readonly _socket?: Below
  readonly _handle?: { readonly writeQueueSize?: number }
  readonly _writableState?: { readonly writelen?: number }
}

/** The WebSocket below a connection; undefined on long-polling, and while there is no connection. */
export function webSocketOf(engine: unknown): object | undefined {
  const transport = (engine as Below | undefined)?.transport
  return transport?.name === 'websocket' ? (transport.ws ?? transport.socket) : undefined
}

/** Bytes that a WebSocket was given and that this process still holds. */
export function bufferedIn(webSocket: object | undefined): number {
  return (webSocket as Below | undefined)?.bufferedAmount ?? 0
}

/**
 * The same, less what the system took of the write that is under way. Node
 * frees and reports a write only as a whole, which may be megabytes; a slow
 * reader's progress shows here first.
 */
export function unsentIn(webSocket: object | undefined): number {
  const { _handle, _writableState } = (webSocket as Below | undefined)?._socket ?? {}
  const waiting = _handle?.writeQueueSize ?? Infinity
  return bufferedIn(webSocket) - Math.max(0, (_writableState?.writelen ?? 0) - waiting)
}
