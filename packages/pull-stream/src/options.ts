import type { StarError } from '@socket-star/protocol'
import type { Codec, CodecName } from './codec.ts'
import type { Timers } from './timers.ts'

/** Why a frame was not taken. */
export type DropReason =
  /** The argument is neither binary nor text, or cannot be decoded. */
  | 'malformed'
  /** The frame is larger than {@link StreamOptions.maxFrameBytes}; the stream is cut as well. */
  | 'too-large'
  /** Data came before the reader had accepted the stream. */
  | 'not-accepted'

/** How a stream ended: `true` cleanly, otherwise why not. */
export type StreamEnd = true | StarError

/** Options of both halves of a stream. Every one has a default. */
export interface StreamOptions {
  /** How data is put into a frame. Both ends must use the same. Default: `'buffer'`. */
  codec?: CodecName | Codec<unknown> | undefined
  /** Source: bytes kept for the reader before the sender is held. Default: 4 MiB. */
  maxBufferedBytes?: number | undefined
  /** Source: bytes past `maxBufferedBytes` at which the stream is cut at once. Default: 12 MiB. */
  overrunBytes?: number | undefined
  /** Source: how long the sender is held at a stretch, in milliseconds. Default: 10 000. */
  holdTimeoutMs?: number | undefined
  /** Source: bytes that must have been read for a held sender to be let go. Default: 256 KiB. */
  releaseBytes?: number | undefined
  /** Source: largest frame that is accepted. Default: 1 000 000. */
  maxFrameBytes?: number | undefined
  /** Sink: bytes unsent on the own connection at which reading stops. Default: 1 MiB. */
  maxUnsentBytes?: number | undefined
  /** Sink: larger chunks are cut into frames of this size. Default: 64 KiB. */
  frameBytes?: number | undefined
  /** Ends both halves with its reason, and tells the other side. */
  signal?: AbortSignal | undefined
  /** Called once for each half, when it has ended and left no listener behind. */
  onEnd?: ((end: StreamEnd) => void) | undefined
  /** Called for each frame that was not taken. */
  onDrop?: ((reason: DropReason) => void) | undefined
  /** The clock to use. Default: the platform's. */
  timers?: Timers | undefined
}
