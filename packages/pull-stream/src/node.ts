/**
 * Pull-streams as Node streams and back, with the back-pressure of both.
 *
 * ```ts
 * import { pipeline } from 'node:stream/promises'
 * import { toNodeStream } from '@socket-star/pull-stream/node'
 *
 * const stream = toNodeStream(await peer.dial(address))
 * await pipeline(createReadStream(path), stream)
 * ```
 *
 * @module
 */

import { finished, Duplex as NodeDuplex, Readable, Writable } from 'node:stream'
import { StarError } from '@socket-star/protocol'
import { toAsyncIterable } from './async-iterable.ts'
import { asError, Handoff } from './handoff.ts'
import type { Duplex, EndOrError, Sink, Source } from './types.ts'

/** What a Node readable keeps read ahead, in bytes. */
const READ_AHEAD_BYTES = 64 * 1024

/** A source of bytes as a `Readable`. Destroying it aborts the source. */
export function toNodeReadable(source: Source<Uint8Array>): Readable {
  return Readable.from(toAsyncIterable(source), { objectMode: false, highWaterMark: READ_AHEAD_BYTES })
}

/**
 * A sink of bytes as a `Writable`. Destroying it before its end ends the stream with an error, also before
 * anyone reads it; when the reader wants no more it is destroyed with `ERR_STREAM_RESET` or the reader's error.
 */
export function toNodeWritable(sink: Sink<Uint8Array>): Writable {
  return createWritable(sink, { swallows: false })
}

function createWritable(sink: Sink<Uint8Array>, options: { swallows: boolean }): Writable {
  const handoff = new Handoff<Uint8Array>((abort) => writable.destroy(asError(abort)), options)
  const writable = new Writable({
    decodeStrings: true,
    write: (chunk: Uint8Array, _encoding, callback) => handoff.write(chunk, callback),
    final: (callback) => handoff.end(callback),
    destroy(error, callback) {
      const reason = reasonOf(error)
      handoff.fail(reason)
      // A sink that waits for its reader reads nothing, and would not be told.
      if (!writable.writableFinished) sink.abort?.(reason)
      callback(error)
    },
  })
  sink(handoff.source)
  return writable
}

/** Why a stream is destroyed: Node's AbortError, of a signal or a loop that was left, is an abort like one without reason. */
function reasonOf(error: Error | null): Error {
  if (error !== null && error.name !== 'AbortError') return error
  const text = 'the stream was destroyed before its end'
  return new StarError('ERR_ABORTED', text, error === null ? {} : { cause: error })
}

/**
 * Both directions of a connection as one `Duplex` that can be half-closed. When the other side plainly wants no
 * more of what is written, that goes nowhere from then on, and reading goes on (PS-51). Destroyed without an error
 * it emits none, and the other side is told `ERR_ABORTED`.
 */
export function toNodeStream(duplex: Duplex<Uint8Array>): NodeDuplex {
  const writable = createWritable(duplex.sink, { swallows: true })
  const stream = NodeDuplex.from({ readable: toNodeReadable(duplex.source), writable })
  const destroy = stream._destroy
  // of a plain destroy() Node makes an AbortError, and emits it: a process that listens to none would end
  stream._destroy = (error, callback) => {
    const isOver = stream.readableEnded && stream.writableFinished
    destroy.call(stream, isOver ? error : reasonOf(error), () => callback(error))
  }
  return stream
}

/** A `Readable` as a source. An abort destroys it. Its error is the source's end, and ends no process before. */
export function fromNodeReadable(readable: Readable): Source<Uint8Array> {
  catchError(readable)
  const iterator: AsyncIterator<unknown> = readable[Symbol.asyncIterator]()
  let end: EndOrError = null
  return (abort, callback) => {
    if (abort) {
      end ??= abort
      readable.destroy(abort === true ? undefined : asError(abort))
      callback(abort)
    } else if (end !== null) {
      callback(end)
    } else {
      void iterator.next().then(
        ({ done, value }) => {
          if (end === null && !done) return callback(null, toBytes(value))
          end ??= true
          callback(end)
        },
        (error: Error) => {
          end ??= error
          callback(end)
        },
      )
    }
  }
}

/** The iterator listens from its first read on, and both an abort and an error of the readable's own may come before. */
function catchError(readable: Readable): void {
  const ignore = (): void => {}
  readable.on('error', ignore)
  readable.once('close', () => readable.off('error', ignore))
}

function toBytes(chunk: unknown): Uint8Array {
  return chunk instanceof Uint8Array ? chunk : Buffer.from(String(chunk))
}

/** A `Writable` as a sink. Its source is aborted when it fails, closes early, or is over already. */
export function fromNodeWritable(writable: Writable): Sink<Uint8Array> {
  return (source) => {
    let ended = false
    const stop = (abort: Error | true) => {
      if (ended) return
      ended = true
      source(abort, () => {})
    }
    const read = () => {
      source(null, (end, chunk) => {
        if (ended) return
        if (end) {
          ended = true
          if (end === true) writable.end()
          else writable.destroy(asError(end))
        } else {
          // The callback comes when the chunk was taken: that is the back-pressure.
          writable.write(chunk as Uint8Array, (error) => {
            if (error) stop(error)
            else if (!ended) read()
          })
        }
      })
    }
    if (writable.destroyed || writable.writableEnded) {
      stop(new StarError('ERR_CLOSED', 'the stream to write to is over already'))
      return
    }
    const forget = finished(writable, { readable: false }, (error) => {
      forget()
      stop(isPremature(error) ? true : (error ?? true))
    })
    read()
  }
}

/** Closed before its end, and no error said why. */
function isPremature(error: NodeJS.ErrnoException | null | undefined): boolean {
  return error?.code === 'ERR_STREAM_PREMATURE_CLOSE'
}

/** A Node `Duplex`, such as a `net.Socket`, as a duplex of ours. */
export function fromNodeStream(stream: NodeDuplex): Duplex<Uint8Array> {
  return { source: fromNodeReadable(stream), sink: fromNodeWritable(stream) }
}
