import type { SocketLike, StarError } from '@socket-star/protocol'
import { onDisconnect } from './disconnects.ts'
import { emitDirect } from './emit-direct.ts'
import { disconnected, endFromWire, endOfSignal, endToWire } from './ends.ts'
import { eventsOf, type StreamEvents } from './events.ts'
import { countBytesAsLife } from './liveness.ts'
import type { StreamEnd, StreamOptions } from './options.ts'
import { systemTimers } from './timers.ts'
import type { EndOrError } from './types.ts'

/** What a half of a stream does when its wire ends without its doing. */
export interface HalfEvents {
  /** The other side ended it, or the connection was lost. What was received before is good. */
  onRemoteEnd(end: StreamEnd): void
  /** The option `signal` ended it. The other side has been told. */
  onAbort(error: StarError): void
}

/**
 * What a source and a sink have in common: listeners on the socket that all go
 * at once, in whatever way the stream ends.
 */
export class Half {
  readonly names: StreamEvents
  readonly socket: SocketLike
  readonly #options: StreamOptions
  readonly #events: HalfEvents
  readonly #cleanups: (() => void)[] = []
  #open = true

  constructor(socket: SocketLike, id: string, options: StreamOptions, events: HalfEvents) {
    this.names = eventsOf(id)
    this.socket = socket
    this.#options = options
    this.#events = events
  }

  /** True until the stream has ended on the wire, in either direction. */
  get open(): boolean {
    return this.#open
  }

  /** Listens for `event` until the end. */
  on(event: string, listener: (argument: unknown) => void): void {
    this.socket.on(event, listener)
    this.#cleanups.push(() => this.socket.off(event, listener))
  }

  /** Starts to listen for all that ends a stream. May end it at once. */
  start(): void {
    this.on(this.names.error, (value) => this.#endedByOther(endFromWire(value)))
    this.#cleanups.push(onDisconnect(this.socket, () => this.#endedByOther(disconnected())))
    const { signal, timers = systemTimers } = this.#options
    this.#cleanups.push(countBytesAsLife(this.socket, timers))
    if (signal !== undefined) {
      const onAbort = () => this.#aborted(endOfSignal(signal))
      signal.addEventListener('abort', onAbort)
      this.#cleanups.push(() => signal.removeEventListener('abort', onAbort))
      if (signal.aborted) onAbort()
    }
    if (!this.socket.connected) this.#endedByOther(disconnected())
  }

  /** Sends one event of the stream. Nothing is sent on a connection that is down: it would come up in the next one. */
  send(event: string, argument?: unknown): void {
    if (this.socket.connected) emitDirect(this.socket, event, argument)
  }

  /** Ends the stream from this side and tells the other. */
  end(end: EndOrError, reported: StreamEnd): void {
    if (!this.#open) return
    this.send(this.names.error, endToWire(end))
    this.#close(reported)
  }

  #aborted(error: StarError): void {
    if (!this.#open) return
    this.end(error, error)
    this.#events.onAbort(error)
  }

  #endedByOther(end: StreamEnd): void {
    if (!this.#open) return
    this.#close(end)
    this.#events.onRemoteEnd(end)
  }

  #close(end: StreamEnd): void {
    this.#open = false
    for (const cleanup of this.#cleanups.splice(0)) cleanup()
    this.#options.onEnd?.(end)
  }
}
