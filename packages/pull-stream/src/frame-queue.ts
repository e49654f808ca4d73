/** What one waiting frame costs beside its payload. */
const FRAME_OVERHEAD_BYTES = 128

interface Entry<T> {
  readonly frame: T
  readonly bytes: number
}

/** Frames in the order they came, and what they cost. Taking from the front is cheap however long it is. */
export class FrameQueue<T> {
  #entries: (Entry<T> | undefined)[] = []
  #head = 0
  #bytes = 0
  #takenBytes = 0

  /** The payload of all that waits, with an overhead for each frame. */
  get bytes(): number {
    return this.#bytes
  }

  /** What was taken out so far. */
  get takenBytes(): number {
    return this.#takenBytes
  }

  push(frame: T, payloadBytes: number): void {
    const bytes = payloadBytes + FRAME_OVERHEAD_BYTES
    this.#entries.push({ frame, bytes })
    this.#bytes += bytes
  }

  shift(): T | undefined {
    const entry = this.#entries[this.#head]
    if (entry === undefined) return undefined
    this.#entries[this.#head] = undefined
    this.#head++
    this.#bytes -= entry.bytes
    this.#takenBytes += entry.bytes
    if (this.#head * 2 > this.#entries.length) {
      this.#entries = this.#entries.slice(this.#head)
      this.#head = 0
    }
    return entry.frame
  }

  clear(): void {
    this.#entries = []
    this.#head = 0
    this.#bytes = 0
  }
}
