import type { PeerStream } from '@socket-star/client'
import { fromAsyncIterable, toAsyncIterable } from '@socket-star/pull-stream/async-iterable'
import { type Frame, readFrames } from './frames.ts'

/** One end of a stream between two pages. */
export interface Stream {
  /** What the other page sends, until it ends. */
  readonly frames: AsyncGenerator<Frame>
  /** Stops reading, also in the middle of a wait. */
  close(): void
}

/** Writes what `outgoing` gives into a dialled stream, and reads what comes back. */
export function openStream({ source, sink }: PeerStream, outgoing: AsyncIterable<Uint8Array>): Stream {
  sink(fromAsyncIterable(outgoing))
  return { frames: readFrames(toAsyncIterable(source)), close: () => source(true, () => {}) }
}
