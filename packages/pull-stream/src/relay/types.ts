import type { StarError } from '@socket-star/protocol'
import type { DropReason, StreamEnd } from '../options.ts'
import type { Timers } from '../timers.ts'
import type { RelayBudget } from './budget.ts'

/** Why a relayed stream is over. */
export type RelayEndCause =
  | 'clean' // the writer ended it
  | 'writer-error' // the writer ended it with an error
  | 'reader-abort' // the reader does not want more
  | 'writer-disconnected'
  | 'reader-disconnected'
  | 'backlog' // the reader was too slow for too long: cut
  | 'too-large' // a frame over the limit: cut
  | 'closed' // Relay.close()

/** The end of a relayed stream. */
export interface RelayEnd {
  readonly cause: RelayEndCause
  /** What the ends were told; undefined for a clean end or a plain abort. */
  readonly error: StarError | undefined
  /** Payload bytes that were relayed. */
  readonly bytes: number
}

/** Options of a relay. Every one has a default. */
export interface RelayOptions {
  /** Bytes waiting on the reader's socket at which the writer is held. Default: 4 MiB. */
  maxBacklogBytes?: number | undefined
  /** Bytes past `maxBacklogBytes` at which the stream is cut at once. Default: 12 MiB. */
  overrunBytes?: number | undefined
  /** How long a writer is held at a stretch, in milliseconds. Default: 10 000. */
  holdTimeoutMs?: number | undefined
  /** Bytes that must have left the backlog for a held writer to be let go. Default: 256 KiB. */
  releaseBytes?: number | undefined
  /** The largest frame that is relayed. Default: 1 000 000. */
  maxFrameBytes?: number | undefined
  /** What all relays of this budget may leave waiting together. Default: one for the process, 256 MiB. */
  budget?: RelayBudget | undefined
  /** Called with the payload bytes of each relayed frame. */
  onBytes?: ((bytes: number) => void) | undefined
  /** Called for each frame that was not relayed. */
  onDrop?: ((reason: DropReason) => void) | undefined
  /** Called when the writer ended before the reader accepted, which is kept and said then (PS-47). */
  onEarlyEnd?: ((end: StreamEnd) => void) | undefined
  /** Called once, when the stream is over and its listeners are gone. */
  onEnd?: ((end: RelayEnd) => void) | undefined
  /** The clock to use. Default: the platform's. */
  timers?: Timers | undefined
}

/** One direction of a stream between two sockets of this server. */
export interface Relay {
  readonly id: string
  /** Payload bytes relayed so far. */
  readonly bytes: number
  /** True once the reader has accepted. */
  readonly accepted: boolean
  /** How it ended; undefined while it lives. */
  readonly end: RelayEnd | undefined
  /** Ends the stream and tells both ends why. Default: `ERR_CLOSED`. Does nothing once it is over. */
  close(error?: StarError): void
}
