import { StarError } from '@socket-star/protocol'
import { abortError } from '../abort.ts'
import type { PeerWire } from './peer-wire.ts'

/** How long to wait for an answer, in milliseconds, and what ends the wait early. */
export interface RequestOptions {
  readonly timeoutMs: number
  readonly signal?: AbortSignal | undefined
  /** Called with an answer that comes after the wait was given up. */
  readonly onLateReply?: ((reply: unknown[]) => void) | undefined
}

/**
 * How long after its time an answer is still handed to {@link RequestOptions.onLateReply}, in milliseconds: longer
 * than a server waits for a dialled peer (DIAL-7), so that no dial is open that nobody knows of.
 */
const LATE_REPLY_MS = 15_000
/** How much later than our own timer socket.io-client forgets an acknowledgement, in milliseconds. */
const ACK_MARGIN_MS = LATE_REPLY_MS

/**
 * Emits and waits for the acknowledgement (PROTOCOL.md, NET-3); resolves with its arguments.
 *
 * @throws StarError ERR_NOT_CONNECTED, ERR_DISCONNECTED, ERR_TIMEOUT, ERR_ABORTED
 */
export function request(
  wire: PeerWire,
  event: string,
  args: readonly unknown[],
  options: RequestOptions,
): Promise<unknown[]> {
  return new Promise((resolve, reject) => ask(wire, event, args, options, resolve, reject))
}

/**
 * As {@link request}, for whoever must have the answer before what the server
 * sends next is looked at: a promise tells a few turns too late for that.
 */
export function ask(
  wire: PeerWire,
  event: string,
  args: readonly unknown[],
  options: RequestOptions,
  onReply: (reply: unknown[]) => void,
  onError: (error: StarError) => void,
): void {
  const { timeoutMs, signal, onLateReply } = options
  if (signal?.aborted === true) {
    onError(abortError(signal))
    return
  }
  const { socket, timers } = wire
  const acknowledgementId = socket.ids
  let settled = false
  const settle = (): void => {
    settled = true
    cancelTimer()
    signal?.removeEventListener('abort', onAbort)
    socket.off('disconnect', onDisconnect)
  }
  const fail = (error: StarError): void => {
    settle()
    forget(wire, acknowledgementId, onLateReply === undefined || !wire.connected ? 0 : LATE_REPLY_MS)
    onError(error)
  }
  const onAbort = (): void => fail(abortError(signal as AbortSignal))
  const onDisconnect = (): void => fail(new StarError('ERR_DISCONNECTED'))
  const answered = (...reply: unknown[]): void => {
    if (settled) {
      onLateReply?.(reply)
    } else {
      settle()
      onReply(reply)
    }
  }
  const cancelTimer = timers.after(timeoutMs, () =>
    fail(new StarError('ERR_TIMEOUT', `${event} was not answered within ${timeoutMs} ms`)),
  )
  signal?.addEventListener('abort', onAbort)
  socket.on('disconnect', onDisconnect)
  if (!send(wire, event, args, timeoutMs, answered)) fail(new StarError('ERR_NOT_CONNECTED'))
}

function send(
  wire: PeerWire,
  event: string,
  args: readonly unknown[],
  timeoutMs: number,
  onReply: (...reply: unknown[]) => void,
): boolean {
  if (!hasTimeouts(wire)) return wire.ask([event, ...args, onReply])
  // with a timeout, and with the option `ackTimeout` always, an error comes first:
  // our own timer and the disconnect have reported it by then
  const withError = (error: unknown, ...reply: unknown[]): void => {
    if (!(error instanceof Error)) onReply(...reply)
  }
  return wire.ask([event, ...args, withError], { timeout: timeoutMs + ACK_MARGIN_MS })
}

/** Socket.IO's own acknowledgements time out: not with socket.io-client 2. */
function hasTimeouts({ socket }: PeerWire): boolean {
  return typeof socket.timeout === 'function'
}

// socket.io-client 2 keeps an acknowledgement that never comes for ever
function forget(wire: PeerWire, acknowledgementId: number | undefined, waitMs: number): void {
  if (hasTimeouts(wire) || acknowledgementId === undefined) return
  if (waitMs > 0) wire.timers.after(waitMs, () => forget(wire, acknowledgementId, 0))
  else delete wire.socket.acks?.[acknowledgementId]
}
