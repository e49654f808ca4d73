import { inside, numberOr0 } from '../insides.ts'

/** The WebSocket below a connection; undefined on long-polling, and while there is no connection. */
export function webSocketOf(engine: unknown): object | undefined {
  const { name, ws, socket } = inside(inside(engine).transport)
  return name === 'websocket' ? ((ws ?? socket) as object | undefined) : undefined
}

/** Bytes that a WebSocket was given and that this process still holds. */
export function bufferedIn(webSocket: object | undefined): number {
  return numberOr0(inside(webSocket).bufferedAmount)
}

/**
 * The same, less what the system took of the write that is under way. Node
 * frees and reports a write only as a whole, which may be megabytes; a slow
 * reader's progress shows here first.
 */
export function unsentIn(webSocket: object | undefined): number {
  const { _handle, _writableState } = inside(inside(webSocket)._socket)
  const waiting = inside(_handle).writeQueueSize
  const writing = numberOr0(inside(_writableState).writelen)
  return bufferedIn(webSocket) - (typeof waiting === 'number' ? Math.max(0, writing - waiting) : 0)
}
