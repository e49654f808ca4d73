import { isStarError, type SocketLike, StarError } from '@socket-star/protocol'
import { checkStreamOptions } from './check-options.ts'
import { type Codec, codecOf } from './codec.ts'
import { corkTurn } from './cork-turn.ts'
import { toStreamEnd } from './ends.ts'
import { Frames } from './frames.ts'
import { Half } from './half.ts'
import { DEFAULT_FRAME_BYTES, DEFAULT_MAX_UNSENT_BYTES, UNSENT_POLL_MS } from './limits.ts'
import type { StreamOptions } from './options.ts'
import { pressureOf, type SocketPressure } from './pressure/index.ts'
import { systemTimers, type Timers } from './timers.ts'
import type { EndOrError, Sink, Source } from './types.ts'

/**
 * The writer's half of stream `id` on `socket` (PS-10 and after). It reads
 * nothing before the reader has accepted, and stops reading while more than
 * `maxUnsentBytes` wait on the socket's own connection.
 *
 * Its source is aborted when the reader does not want more (`true`, or the
 * error that came), when the connection is lost (`ERR_DISCONNECTED`), when the
 * option `signal` says so (`ERR_ABORTED`) and when it yields what cannot be
 * sent (`ERR_BAD_REQUEST`, `ERR_TOO_LARGE`).
 *
 * The sink's `abort(error)` gives the stream up, also before anyone has accepted it.
 *
 * @throws StarError ERR_CONFIG for options that cannot be used, ERR_BAD_DIAL_ID for what cannot be an id
 */
export function createSink(
  socket: SocketLike,
  id: string,
  options: StreamOptions & { codec: 'plain' },
): Sink<Uint8Array | string>
export function createSink(socket: SocketLike, id: string, options?: StreamOptions): Sink<Uint8Array>
export function createSink(socket: SocketLike, id: string, options: StreamOptions = {}): Sink<never> {
  checkStreamOptions(options)
  const writer = new Writer(socket, id, options)
  const sink = (source: Source<unknown>): void => writer.connect(source)
  return Object.assign(sink, { abort: (error: Error) => writer.abort(error) })
}

class Writer {
  readonly #half: Half
  readonly #codec: Codec<unknown>
  readonly #pressure: SocketPressure
  readonly #timers: Timers
  readonly #maxUnsentBytes: number
  readonly #frames: Frames
  #source: Source<unknown> | undefined
  #accepted = false
  #reading = false
  #pumping = false
  #stopWaiting: (() => void) | undefined
  /** Why the source is not wanted any more. */
  #abort: EndOrError = null

  constructor(socket: SocketLike, id: string, options: StreamOptions) {
    this.#codec = codecOf(options.codec)
    this.#pressure = pressureOf(socket)
    this.#timers = options.timers ?? systemTimers
    this.#maxUnsentBytes = options.maxUnsentBytes ?? DEFAULT_MAX_UNSENT_BYTES
    this.#frames = new Frames(options.frameBytes ?? DEFAULT_FRAME_BYTES)
    this.#half = new Half(socket, id, options, {
      onRemoteEnd: (end) => this.#stop(end),
      onAbort: (error) => this.#stop(error),
    })
    this.#half.on(this.#half.names.accept, () => {
      this.#accepted = true
      this.#pump()
    })
    this.#half.start()
  }

  connect(source: Source<unknown>): void {
    if (this.#source !== undefined) {
      source(new StarError('ERR_BAD_REQUEST', 'a sink takes one source'), () => {})
      return
    }
    this.#source = source
    if (this.#abort === null) this.#pump()
    else source(this.#abort, () => {})
  }

  abort(error: Error): void {
    if (!this.#half.open) return
    this.#half.end(error, toStreamEnd(error))
    this.#stop(error)
  }

  /** Sends what there is and reads more, until something has to be waited for. */
  #pump(): void {
    const source = this.#source
    if (this.#pumping || source === undefined || !this.#accepted) return
    this.#pumping = true
    corkTurn(this.#half.socket)
    while (this.#half.open && !this.#reading && this.#stopWaiting === undefined) {
      if (this.#pressure.bufferedBytes() > this.#maxUnsentBytes) {
        this.#wait()
      } else if (this.#frames.pending) {
        this.#sendFrame()
      } else {
        this.#reading = true
        source(null, (end, chunk) => this.#answered(end, chunk))
      }
    }
    this.#pumping = false
  }

  #answered(end: EndOrError, chunk: unknown): void {
    this.#reading = false
    if (!this.#half.open) return
    if (end) {
      this.#half.end(end, toStreamEnd(end))
      this.#stop(null)
      return
    }
    this.#frames.put(chunk)
    this.#pump()
  }

  #sendFrame(): void {
    try {
      this.#half.send(this.#half.names.queue, this.#codec.encode(this.#frames.take()))
    } catch (thrown) {
      const error = isStarError(thrown)
        ? thrown
        : new StarError('ERR_BAD_REQUEST', 'the codec failed', { cause: thrown })
      this.#half.end(error, error)
      this.#stop(error)
    }
  }

  #wait(): void {
    let cancelTimer = () => {}
    const stopListening = this.#pressure.onDrain(() => look())
    const stop = () => {
      stopListening()
      cancelTimer()
      this.#stopWaiting = undefined
    }
    const look = () => {
      if (this.#pressure.bufferedBytes() > this.#maxUnsentBytes) return
      stop()
      this.#pump()
    }
    const poll = () => {
      cancelTimer = this.#timers.after(UNSENT_POLL_MS, poll)
      look()
    }
    this.#stopWaiting = stop
    cancelTimer = this.#timers.after(UNSENT_POLL_MS, poll)
  }

  /** The stream is over; the source is told unless it ended itself. */
  #stop(abort: EndOrError): void {
    this.#stopWaiting?.()
    this.#frames.clear()
    if (abort === null || this.#abort !== null) return
    this.#abort = abort
    this.#source?.(abort, () => {})
  }
}
