import { type SocketLike, StarError } from '@socket-star/protocol'
import { compact, frameSize, toBytes } from './bytes.ts'
import { checkStreamOptions } from './check-options.ts'
import { type Codec, codecOf } from './codec.ts'
import { toStreamEnd } from './ends.ts'
import { FrameQueue } from './frame-queue.ts'
import { Half } from './half.ts'
import { HoldStretch } from './hold-stretch.ts'
import {
  DEFAULT_HOLD_TIMEOUT_MS,
  DEFAULT_MAX_BUFFERED_BYTES,
  DEFAULT_MAX_FRAME_BYTES,
  DEFAULT_OVERRUN_BYTES,
  DEFAULT_RELEASE_BYTES,
} from './limits.ts'
import type { StreamOptions } from './options.ts'
import { pressureOf, type Release } from './pressure/index.ts'
import { systemTimers } from './timers.ts'
import type { EndOrError, Source, SourceCallback } from './types.ts'

/**
 * The reader's half of stream `id` on `socket` (PS-20 and after). It accepts
 * the stream at once: call it when the writer may start.
 *
 * What the reader has not read yet is kept, up to `maxBufferedBytes`; then the
 * socket's own connection is held back where that is possible, and when that
 * does not help the stream is cut.
 *
 * Ends with `true` only after the writer said so, otherwise with a `StarError`:
 * `ERR_DISCONNECTED` (what came before can still be read), `ERR_STREAM_BACKLOG`
 * (cut), `ERR_ABORTED` (the option `signal`), or what the writer or the server
 * between sent.
 *
 * @throws StarError ERR_CONFIG for options that cannot be used, ERR_BAD_DIAL_ID for what cannot be an id
 */
export function createSource(
  socket: SocketLike,
  id: string,
  options: StreamOptions & { codec: 'plain' },
): Source<Uint8Array | string>
export function createSource(socket: SocketLike, id: string, options?: StreamOptions): Source<Uint8Array>
export function createSource(socket: SocketLike, id: string, options: StreamOptions = {}): Source<unknown> {
  checkStreamOptions(options)
  const reader = new Reader(socket, id, options)
  return (abort, callback) => reader.read(abort, callback)
}

class Reader {
  readonly #half: Half
  readonly #codec: Codec<unknown>
  readonly #options: StreamOptions
  readonly #markBytes: number
  readonly #limitBytes: number
  readonly #maxFrameBytes: number
  readonly #queue = new FrameQueue<unknown>()
  readonly #stretch: HoldStretch
  #release: Release | undefined
  #waiting: SourceCallback<unknown> | undefined
  /** How it ends once the queue is empty. */
  #end: EndOrError = null

  constructor(socket: SocketLike, id: string, options: StreamOptions) {
    this.#options = options
    this.#codec = codecOf(options.codec)
    this.#markBytes = options.maxBufferedBytes ?? DEFAULT_MAX_BUFFERED_BYTES
    this.#limitBytes = this.#markBytes + (options.overrunBytes ?? DEFAULT_OVERRUN_BYTES)
    this.#maxFrameBytes = options.maxFrameBytes ?? DEFAULT_MAX_FRAME_BYTES
    this.#stretch = new HoldStretch({
      timers: options.timers ?? systemTimers,
      markBytes: this.#markBytes,
      releaseBytes: options.releaseBytes ?? DEFAULT_RELEASE_BYTES,
      timeoutMs: options.holdTimeoutMs ?? DEFAULT_HOLD_TIMEOUT_MS,
      waiting: () => this.#queue.bytes,
      taken: () => this.#queue.takenBytes,
      // while the connection is held no ping is heard, and none is answered
      onHeld: () => this.#half.send(this.#half.names.accept),
      onRelease: () => this.#letGo(),
      onExpire: () => this.#fail(backlog()),
    })
    this.#half = new Half(socket, id, options, {
      onRemoteEnd: (end) => this.#ended(end),
      onAbort: (error) => this.#discard(error),
    })
    this.#half.on(this.#half.names.queue, (data) => this.#received(data))
    this.#half.start()
    if (this.#half.open) this.#half.send(this.#half.names.accept)
  }

  read(abort: EndOrError, callback: SourceCallback<unknown>): void {
    if (abort) this.#abort(abort, callback)
    else if (this.#waiting !== undefined) callback(unanswered())
    else this.#answer(callback)
  }

  #answer(callback: SourceCallback<unknown>): void {
    const frame = this.#queue.shift()
    if (frame !== undefined) {
      this.#stretch.check()
      callback(null, frame)
    } else if (this.#end !== null) {
      callback(this.#end)
    } else {
      this.#waiting = callback
    }
  }

  #received(data: unknown): void {
    const size = frameSize(data)
    if (size === 0) return
    if (size !== undefined && size > this.#maxFrameBytes) {
      this.#options.onDrop?.('too-large')
      this.#fail(tooLarge())
      return
    }
    const frame = size === undefined ? undefined : this.#decode(data)
    if (frame === undefined) this.#options.onDrop?.('malformed')
    else this.#deliver(frame, size ?? 0)
  }

  #decode(data: unknown): unknown {
    try {
      return this.#codec.decode(data)
    } catch {
      return undefined
    }
  }

  #deliver(frame: unknown, size: number): void {
    const waiting = this.#waiting
    this.#waiting = undefined
    if (waiting === undefined) this.#keep(frame, size)
    else waiting(null, frame)
  }

  #keep(frame: unknown, size: number): void {
    const bytes = toBytes(frame)
    if (bytes === undefined) this.#queue.push(frame, size)
    else this.#queue.push(compact(bytes), bytes.byteLength)
    if (this.#queue.bytes <= this.#markBytes) return
    if (this.#queue.bytes > this.#limitBytes) {
      this.#fail(backlog())
    } else if (this.#stretch.begin() && this.#release === undefined) {
      this.#release = pressureOf(this.#half.socket).hold()
    }
  }

  /** The wire is over; what was received before is still good. */
  #ended(end: EndOrError): void {
    this.#letGo()
    if (this.#end === null) this.#end = end
    const waiting = this.#waiting
    this.#waiting = undefined
    waiting?.(this.#end)
  }

  /** Over, and what was received goes as well. */
  #discard(end: EndOrError): void {
    this.#queue.clear()
    this.#ended(end)
  }

  #fail(error: StarError): void {
    this.#half.end(error, error)
    this.#discard(error)
  }

  #abort(abort: EndOrError, callback: SourceCallback<unknown>): void {
    this.#half.end(abort, toStreamEnd(abort))
    this.#discard(abort)
    callback(abort)
  }

  #letGo(): void {
    this.#stretch.stop()
    this.#release?.()
    this.#release = undefined
  }
}

function backlog(): StarError {
  return new StarError(
    'ERR_STREAM_BACKLOG',
    'the reader took too little for too long while the sender went on',
  )
}

function tooLarge(): StarError {
  return new StarError('ERR_TOO_LARGE', 'a frame of the stream is larger than this side takes')
}

function unanswered(): StarError {
  return new StarError('ERR_BAD_REQUEST', 'the last read was not answered yet')
}
