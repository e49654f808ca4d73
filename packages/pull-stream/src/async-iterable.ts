/**
 * Pull-streams as async iterables and back. One chunk is on its way at a time,
 * so whoever is slow holds up the other side.
 *
 * ```ts
 * import { toAsyncIterable } from '@socket-star/pull-stream/async-iterable'
 *
 * for await (const chunk of toAsyncIterable(stream.source)) await file.write(chunk)
 * ```
 *
 * @module
 */

import { asError } from './handoff.ts'
import type { Duplex, EndOrError, Sink, Source } from './types.ts'

/**
 * Reads a source with `for await`. Leaving the loop aborts the source, also
 * while a read is waiting; an error of the source is thrown.
 */
export function toAsyncIterable<T>(source: Source<T>): AsyncIterable<T> {
  return { [Symbol.asyncIterator]: () => new SourceIterator(source) }
}

class SourceIterator<T> implements AsyncIterator<T, undefined> {
  readonly #source: Source<T>
  /** Reads wait for each other: a source answers one at a time. */
  #last: Promise<unknown> = Promise.resolve()
  #ended = false

  constructor(source: Source<T>) {
    this.#source = source
  }

  next(): Promise<IteratorResult<T, undefined>> {
    const result = this.#last.then(() => this.#read())
    this.#last = result.catch(() => {})
    return result
  }

  async return(): Promise<IteratorResult<T, undefined>> {
    await this.#abort(true)
    return { done: true, value: undefined }
  }

  async throw(error: unknown): Promise<IteratorResult<T, undefined>> {
    await this.#abort(toError(error))
    throw error
  }

  #read(): Promise<IteratorResult<T, undefined>> {
    return new Promise((resolve, reject) => {
      if (this.#ended) return resolve({ done: true, value: undefined })
      this.#source(null, (end, chunk) => {
        if (!end) return resolve({ done: false, value: chunk as T })
        this.#ended = true
        if (end === true) resolve({ done: true, value: undefined })
        else reject(end)
      })
    })
  }

  #abort(abort: EndOrError): Promise<void> {
    return new Promise((resolve) => {
      if (this.#ended) return resolve()
      this.#ended = true
      this.#source(abort, () => resolve())
    })
  }
}

/**
 * An async or plain iterable as a source. An abort calls the iterator's
 * `return`, so that a generator's `finally` runs.
 */
export function fromAsyncIterable<T>(iterable: AsyncIterable<T> | Iterable<T>): Source<T> {
  const iterator =
    Symbol.asyncIterator in iterable ? iterable[Symbol.asyncIterator]() : iterable[Symbol.iterator]()
  let end: EndOrError = null
  const finish = async (abort: EndOrError) => {
    end ??= abort
    await iterator.return?.()
  }
  const next = async () => await iterator.next()
  return (abort, callback) => {
    if (abort) {
      const done = () => callback(abort)
      void finish(abort).then(done, done)
    } else if (end !== null) {
      callback(end)
    } else {
      void next().then(
        (result) => {
          if (end === null && !result.done) return callback(null, result.value)
          end ??= true
          callback(end)
        },
        (error: unknown) => {
          end ??= toError(error)
          callback(end)
        },
      )
    }
  }
}

/**
 * A sink as a function that reads an iterable to its end. Resolves when the
 * sink has seen the end, and rejects when it did not want all of it.
 */
export function toAsyncSink<T>(sink: Sink<T>): (iterable: AsyncIterable<T> | Iterable<T>) => Promise<void> {
  return (iterable) =>
    new Promise((resolve, reject) => {
      const source = fromAsyncIterable(iterable)
      sink((abort, callback) => {
        if (abort) reject(asError(abort))
        source(abort, (end, chunk) => {
          if (end === true) resolve()
          else if (end) reject(end)
          callback(end, chunk)
        })
      })
    })
}

/** Both directions of a connection in the shape that `it-*` modules and libp2p streams had. */
export interface AsyncDuplex<In, Out = In> {
  source: AsyncIterable<In>
  sink: (iterable: AsyncIterable<Out> | Iterable<Out>) => Promise<void>
}

/** A duplex with an async iterable for each direction. */
export function toAsyncDuplex<In, Out = In>(duplex: Duplex<In, Out>): AsyncDuplex<In, Out> {
  return { source: toAsyncIterable(duplex.source), sink: toAsyncSink(duplex.sink) }
}

function toError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error), { cause: error })
}
