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

import { Duplex as NodeDuplex, Readable, Writable } from 'node:stream'
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

/** A sink of bytes as a `Writable`. Destroying it before its end ends the stream with an error. */
export function toNodeWritable(sink: Sink<Uint8Array>): Writable {
  const handoff = new Handoff<Uint8Array>((abort) => writable.destroy(asError(abort)))
  const writable = new Writable({
    decodeStrings: true,
    write: (chunk: Uint8Array, _encoding, callback) => handoff.write(chunk, callback),
    final: (callback) => handoff.end(callback),
    destroy(error, callback) {
      handoff.fail(error ?? new StarError('ERR_ABORTED', 'the stream was destroyed before its end'))
      callback(error)
    },
  })
  sink(handoff.source)
  return writable
}

/** Both directions of a connection as one `Duplex` that can be half-closed. */
export function toNodeStream(duplex: Duplex<Uint8Array>): NodeDuplex {
  return NodeDuplex.from({ readable: toNodeReadable(duplex.source), writable: toNodeWritable(duplex.sink) })
}

/** A `Readable` as a source. An abort destroys it. */
export function fromNodeReadable(readable: Readable): Source<Uint8Array> {
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

function toBytes(chunk: unknown): Uint8Array {
  return chunk instanceof Uint8Array ? chunk : Buffer.from(String(chunk))
}

/** A `Writable` as a sink. Its source is aborted when it fails or closes early. */
export function fromNodeWritable(writable: Writable): Sink<Uint8Array> {
  return (source) => {
    let ended = false
    const stop = (abort: Error | true) => {
      if (ended) return
      ended = true
      source(abort, () => {})
    }
    writable.once('error', stop)
    writable.once('close', () => stop(true))
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
            if (!ended && !error) read()
          })
        }
      })
    }
    read()
  }
}

/** A Node `Duplex`, such as a `net.Socket`, as a duplex of ours. */
export function fromNodeStream(stream: NodeDuplex): Duplex<Uint8Array> {
  return { source: fromNodeReadable(stream), sink: fromNodeWritable(stream) }
}
