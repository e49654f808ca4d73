import { StarError } from '@socket-star/protocol'
import type { EndOrError, Source, SourceCallback } from './types.ts'

/** Called when something was taken, or with an error when it never will be. */
export type Done = (error?: Error) => void

/**
 * A source that is fed by `write`. A write is done when the reader asks for
 * the next chunk, so at most one chunk is inside.
 */
export class Handoff<T> {
  readonly source: Source<T>
  readonly #onAbort: (abort: EndOrError) => void
  #reader: SourceCallback<T> | undefined
  #chunk: { value: T } | undefined
  #done: Done | undefined
  #end: EndOrError = null
  readonly #swallows: boolean
  /** The reader politely wants no more, and what is still written goes nowhere. */
  #swallowing = false

  /**
   * `onAbort` learns that the reader wants no more. With `swallows` it does
   * not learn of a plain abort: whoever writes may go on, to nobody.
   */
  constructor(onAbort: (abort: EndOrError) => void, { swallows = false } = {}) {
    this.#onAbort = onAbort
    this.#swallows = swallows
    this.source = (abort, callback) => {
      if (abort) this.#aborted(abort, callback)
      else this.#read(callback)
    }
  }

  /** Hands one chunk over. To be called again after `done`. */
  write(value: T, done: Done): void {
    if (this.#end !== null) {
      this.#refuse(done)
      return
    }
    this.#chunk = { value }
    this.#done = done
    this.#serve()
  }

  /** Ends the source cleanly, after what was written. */
  end(done: Done): void {
    if (this.#end !== null) {
      this.#refuse(done)
      return
    }
    this.#end = true
    this.#done = done
    this.#serve()
  }

  /** Ends the source with an error; a chunk that was not read is dropped. Does nothing after the end. */
  fail(error: Error): void {
    if (this.#end !== null) return
    this.#end = error
    this.#chunk = undefined
    this.#settle(error)
    this.#serve()
  }

  #refuse(done: Done): void {
    if (this.#swallowing) done()
    else done(asError(this.#end))
  }

  #read(callback: SourceCallback<T>): void {
    this.#reader = callback
    if (this.#chunk === undefined && this.#end === null) this.#settle()
    this.#serve()
  }

  #serve(): void {
    const reader = this.#reader
    const chunk = this.#chunk
    if (reader === undefined || (chunk === undefined && this.#end === null)) return
    this.#reader = undefined
    this.#chunk = undefined
    if (chunk !== undefined) {
      reader(null, chunk.value)
    } else {
      this.#settle()
      reader(this.#end)
    }
  }

  #aborted(abort: EndOrError, callback: SourceCallback<T>): void {
    const reader = this.#reader
    this.#reader = undefined
    this.#chunk = undefined
    this.#swallowing = this.#swallows && abort === true && this.#end === null
    this.#end ??= abort
    if (this.#swallowing) {
      this.#settle()
    } else {
      this.#settle(asError(abort))
      this.#onAbort(abort)
    }
    reader?.(abort)
    callback(abort)
  }

  #settle(error?: Error): void {
    const done = this.#done
    this.#done = undefined
    done?.(error)
  }
}

/** What a writer is told when the reader wants no more. */
export function asError(end: EndOrError): Error {
  return end instanceof Error ? end : new StarError('ERR_STREAM_RESET', 'the reader wants no more')
}
