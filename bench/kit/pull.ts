import type * as PullStream from '@socket-star/pull-stream'

/** A pull-stream's reading end, of ours and of the legacy packages alike. */
export type Source = PullStream.Source<Uint8Array>
/** A pull-stream's writing end. */
export type Sink = PullStream.Sink<Uint8Array>
/** Both. */
export type Duplex = PullStream.Duplex<Uint8Array, Uint8Array>

/** Reads to the end. Rejects when it is an error. */
export function readAll(source: Source, onChunk: (chunk: Uint8Array) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    source(null, function next(end, chunk) {
      if (end === true) return resolve()
      if (end) return reject(end)
      if (chunk !== undefined) onChunk(chunk)
      source(null, next)
    })
  })
}

/** A source that is filled from outside. */
export class Mailbox {
  readonly #letters: Uint8Array[] = []
  #ended = false
  #waiting: (() => void) | undefined

  readonly source: Source = (end, callback) => {
    if (end) return callback(end)
    const answer = () => {
      const letter = this.#letters.shift()
      if (letter !== undefined) callback(null, letter)
      else if (this.#ended) callback(true)
      else this.#waiting = answer
    }
    answer()
  }

  put(letter: Uint8Array): void {
    this.#letters.push(letter)
    this.#wake()
  }

  end(): void {
    this.#ended = true
    this.#wake()
  }

  #wake(): void {
    const waiting = this.#waiting
    this.#waiting = undefined
    waiting?.()
  }
}
