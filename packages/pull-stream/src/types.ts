/**
 * The shapes of the pull-stream convention. They are written out here so that
 * nothing else has to be installed; they are the same, structurally, as those
 * of `@types/pull-stream`.
 */

/** `null`: go on. `true`: ended (or: please end) cleanly. An `Error`: ended (or: please end) with it. */
export type EndOrError = Error | boolean | null

/** Answers one read: data while `end` is null, otherwise the end of the stream. */
export type SourceCallback<T> = (end: EndOrError, data?: T) => void

/**
 * Called once for each chunk; the next call comes after the callback of the
 * last. A call with `abort` set ends the stream, also while a read is waiting.
 */
export type Source<T> = (abort: EndOrError, callback: SourceCallback<T>) => void

/** Takes a source and reads it until it ends. */
export interface Sink<T> {
  (source: Source<T>): void
  /**
   * Ends the stream with an error, now, and aborts the source: also while the
   * sink does not read, or has no source. Does nothing after the end. The
   * sinks of this package have it.
   */
  readonly abort?: ((error: Error) => void) | undefined
}

/** Both directions of one connection. */
export interface Duplex<In = Uint8Array, Out = In> {
  /** What the other side sends. */
  source: Source<In>
  /** What we send to the other side. */
  sink: Sink<Out>
}
