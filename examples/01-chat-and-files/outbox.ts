/** More than this waiting means that the other side does not read. */
const MAX_WAITING = 256

/** A queue that one side fills and a stream empties. */
export class Outbox {
  #waiting: Uint8Array[] = []
  #ended = false
  #wake: (() => void) | undefined

  /** False when the frame was not taken: the outbox is closed, or nobody reads it. */
  push(frame: Uint8Array): boolean {
    if (this.#ended || this.#waiting.length >= MAX_WAITING) return false
    this.#waiting.push(frame)
    this.#wake?.()
    return true
  }

  end(): void {
    this.#ended = true
    this.#wake?.()
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    for (;;) {
      const frame = this.#waiting.shift()
      if (frame !== undefined) yield frame
      else if (this.#ended) return
      else await new Promise<void>((resolve) => (this.#wake = resolve))
    }
  }
}
