/**
 * Pull-streams as Web Streams and back, with the back-pressure of both.
 *
 * ```ts
 * import { toWebStreams } from '@socket-star/pull-stream/web'
 *
 * const { readable, writable } = toWebStreams(stream)
 * await file.stream().pipeTo(writable)
 * ```
 *
 * @module
 */

import { asError, type Done, Handoff } from './handoff.ts'
import type { Duplex, EndOrError, Sink, Source } from './types.ts'

/** The two Web Streams of a connection, as everything that takes a "transform" or a "duplex" wants them. */
export interface WebDuplex<In, Out = In> {
  readable: ReadableStream<In>
  writable: WritableStream<Out>
}

/** A source as a `ReadableStream`. Nothing is read ahead: each chunk is asked for. */
export function toReadableStream<T>(source: Source<T>): ReadableStream<T> {
  let cancelled = false
  return new ReadableStream<T>(
    {
      pull: (controller) =>
        new Promise((resolve) => {
          source(null, (end, chunk) => {
            resolve()
            if (cancelled) return
            if (!end) controller.enqueue(chunk as T)
            else if (end === true) controller.close()
            else controller.error(end)
          })
        }),
      cancel(reason) {
        cancelled = true
        return new Promise((resolve) => source(toAbort(reason), () => resolve()))
      },
    },
    { highWaterMark: 0 },
  )
}

/**
 * A sink as a `WritableStream`. A write is done when the sink asks for more;
 * `close` is done when the sink has seen the end.
 */
export function toWritableStream<T>(sink: Sink<T>): WritableStream<T> {
  let controller: WritableStreamDefaultController | undefined
  const handoff = new Handoff<T>((abort) => {
    if (controller?.signal.aborted === false) controller.error(asError(abort))
  })
  return new WritableStream<T>({
    start(given) {
      controller = given
      // Not the `abort` method: it waits for a write that may never be done.
      given.signal.addEventListener('abort', () => {
        const reason = asError(toAbort(given.signal.reason))
        handoff.fail(reason)
        // A sink that waits for its reader reads nothing, and would not be told.
        sink.abort?.(reason)
      })
      sink(handoff.source)
    },
    write: (chunk) => settled((done) => handoff.write(chunk, done)),
    close: () => settled((done) => handoff.end(done)),
  })
}

function settled(start: (done: Done) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    start((error) => (error === undefined ? resolve() : reject(error)))
  })
}

/** Both directions of a connection as Web Streams. */
export function toWebStreams<In, Out = In>(duplex: Duplex<In, Out>): WebDuplex<In, Out> {
  return { readable: toReadableStream(duplex.source), writable: toWritableStream(duplex.sink) }
}

/** A `ReadableStream` as a source. It is locked from now on; an abort cancels it. */
export function fromReadableStream<T>(readable: ReadableStream<T>): Source<T> {
  const reader = readable.getReader()
  let end: EndOrError = null
  return (abort, callback) => {
    if (abort) {
      end ??= abort
      const done = () => callback(abort)
      void reader.cancel(abort === true ? undefined : abort).then(done, done)
    } else if (end !== null) {
      callback(end)
    } else {
      void reader.read().then(
        (result) => {
          if (!result.done) return callback(null, result.value)
          end ??= true
          callback(end)
        },
        (error: unknown) => {
          end ??= toAbort(error)
          callback(end)
        },
      )
    }
  }
}

/** A `WritableStream` as a sink. It reads when the stream is ready for more, and aborts its source when that fails. */
export function fromWritableStream<T>(writable: WritableStream<T>): Sink<T> {
  return (source) => {
    void copy(source, writable.getWriter())
  }
}

async function copy<T>(source: Source<T>, writer: WritableStreamDefaultWriter<T>): Promise<void> {
  let ended = false
  const abort = (reason: unknown) => {
    if (ended) return
    ended = true
    source(toAbort(reason), () => {})
  }
  // A stream that fails or is aborted while a read waits must not wait for that read.
  writer.closed.then(() => abort(true), abort)
  try {
    while (!ended) {
      await writer.ready
      const result = await readOne(source)
      if (ended) return
      if (result.end) {
        ended = true
        await (result.end === true ? writer.close() : writer.abort(result.end))
        return
      }
      // Not awaited: `ready` is the back-pressure, and a failure comes through `closed`.
      writer.write(result.chunk as T).catch(() => {})
    }
  } catch (error) {
    abort(error)
  }
}

function readOne<T>(source: Source<T>): Promise<{ end: EndOrError; chunk: T | undefined }> {
  return new Promise((resolve) => source(null, (end, chunk) => resolve({ end, chunk })))
}

/** Two Web Streams as a duplex. */
export function fromWebStreams<In, Out = In>(streams: WebDuplex<In, Out>): Duplex<In, Out> {
  return { source: fromReadableStream(streams.readable), sink: fromWritableStream(streams.writable) }
}

/** A reason of the Web Streams kind, which may be anything or nothing, as an abort. */
function toAbort(reason: unknown): Error | true {
  if (reason === undefined || reason === true) return true
  return reason instanceof Error ? reason : new Error(String(reason), { cause: reason })
}
