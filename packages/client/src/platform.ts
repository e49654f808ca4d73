// What Node has, or shows of a connection, and a browser does not. What is bundled for browsers has `platform.browser.ts`
// instead: package.json says so.
import { bufferedIn, isHeld, unsentIn, webSocketOf } from '@socket-star/pull-stream'

export { systemTimers, wakefulTimers } from '@socket-star/pull-stream'

/** Bytes that wait in the WebSocket of an Engine.IO socket; 0 where there is none. */
export function bufferedBytes(engine: unknown): number {
  return bufferedIn(webSocketOf(engine))
}

/** The same, less what the system took of the write that is under way. */
export function unsentBytes(engine: unknown): number {
  return unsentIn(webSocketOf(engine))
}

/** Bytes that came in on its connection, 0 where that cannot be seen. */
export function readBytes(engine: unknown): number {
  const below = webSocketOf(engine) as { readonly _socket?: { readonly bytesRead?: unknown } } | undefined
  return Number(below?._socket?.bytesRead) || 0
}

/** Whether somebody on our side keeps it from being read. */
export function isHeldBack(engine: unknown): boolean {
  return isHeld(webSocketOf(engine))
}
