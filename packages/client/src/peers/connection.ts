import { StarError } from '@socket-star/protocol'
import { abortError } from '../abort.ts'
import type { PeerWire } from './peer-wire.ts'

/**
 * Waits until the socket is connected.
 *
 * @param refused called with each error of a connection attempt
 * @throws StarError what `signal` was aborted with
 */
export function connected(
  wire: PeerWire,
  signal: AbortSignal,
  refused: (error: unknown) => void = () => {},
): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(abortError(signal))
    if (wire.connected) return resolve()
    const settle = (): void => {
      wire.off('connect', onConnect)
      wire.off('connect_error', refused)
      signal.removeEventListener('abort', onAbort)
    }
    const onConnect = (): void => {
      settle()
      resolve()
    }
    const onAbort = (): void => {
      settle()
      reject(abortError(signal))
    }
    wire.on('connect', onConnect)
    wire.on('connect_error', refused)
    signal.addEventListener('abort', onAbort)
  })
}

/** The time of one connection. */
export interface ConnectionScope {
  /** Aborted when the connection is lost (`ERR_DISCONNECTED`) or the parent's signal is. */
  readonly signal: AbortSignal
  /** Takes the scope's listeners away. */
  close(): void
}

/** Opens a scope that lasts as long as the connection that is there now. */
export function connectionScope(wire: PeerWire, parent: AbortSignal): ConnectionScope {
  const controller = new AbortController()
  const onDisconnect = (): void => controller.abort(new StarError('ERR_DISCONNECTED'))
  const onAbort = (): void => controller.abort(abortError(parent))
  wire.on('disconnect', onDisconnect)
  parent.addEventListener('abort', onAbort)
  if (parent.aborted) onAbort()
  else if (!wire.connected) onDisconnect()
  return {
    signal: controller.signal,
    close: () => {
      wire.off('disconnect', onDisconnect)
      parent.removeEventListener('abort', onAbort)
    },
  }
}

/** Resolves once `signal` is aborted. */
export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
