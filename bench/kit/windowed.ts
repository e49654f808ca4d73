import type { Source } from './pull.ts'

/** A source of one chunk over and over, at most a window of chunks ahead of the acknowledgements. */
export class Windowed {
  readonly #chunk: Uint8Array
  readonly #windowChunks: number
  #outstanding = 0
  #sent = 0
  #ended = false
  #waiting: (() => void) | undefined

  /** Without a window it never waits. */
  constructor(chunk: Uint8Array, windowChunks: number = Number.POSITIVE_INFINITY) {
    this.#chunk = chunk
    this.#windowChunks = windowChunks
  }

  readonly source: Source = (end, callback) => {
    if (end) return callback(end)
    const answer = () => {
      if (this.#ended) return callback(true)
      this.#outstanding++
      this.#sent += this.#chunk.length
      callback(null, this.#chunk)
    }
    if (this.#ended || this.#outstanding < this.#windowChunks) answer()
    else this.#waiting = answer
  }

  acknowledge(chunks: number): void {
    this.#outstanding -= chunks
    this.#wake()
  }

  /** The answer is how many bytes went out. */
  end(): number {
    this.#ended = true
    this.#wake()
    return this.#sent
  }

  #wake(): void {
    const waiting = this.#waiting
    this.#waiting = undefined
    waiting?.()
  }
}
