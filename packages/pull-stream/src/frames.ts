import { StarError } from '@socket-star/protocol'
import { toBytes } from './bytes.ts'
import { MAX_TEXT_FRAME_LENGTH } from './limits.ts'

/** Cuts one chunk at a time into frames (PS-12). Bytes can be cut anywhere; text goes as it is. */
export class Frames {
  readonly #frameBytes: number
  #bytes: Uint8Array | undefined
  #other: unknown
  #offset = 0

  constructor(frameBytes: number) {
    this.#frameBytes = frameBytes
  }

  /** True while part of the chunk has not been taken. */
  get pending(): boolean {
    return this.#bytes !== undefined || this.#other !== undefined
  }

  /** The next chunk. An empty one carries nothing and is left out. */
  put(chunk: unknown): void {
    const bytes = toBytes(chunk)
    if (bytes !== undefined) {
      this.#bytes = bytes.byteLength > 0 ? bytes : undefined
      this.#offset = 0
    } else {
      this.#other = chunk === '' ? undefined : (chunk ?? null)
    }
  }

  /** The next frame. Throws `ERR_TOO_LARGE` for text that cannot travel in one. */
  take(): unknown {
    const bytes = this.#bytes
    if (bytes === undefined) return this.#takeOther()
    if (this.#offset === 0 && bytes.byteLength <= this.#frameBytes) {
      this.#bytes = undefined
      return bytes
    }
    const frame = bytes.subarray(this.#offset, this.#offset + this.#frameBytes)
    this.#offset += frame.byteLength
    if (this.#offset >= bytes.byteLength) this.#bytes = undefined
    return frame
  }

  clear(): void {
    this.#bytes = undefined
    this.#other = undefined
  }

  #takeOther(): unknown {
    const other = this.#other
    this.#other = undefined
    if (typeof other === 'string' && other.length > MAX_TEXT_FRAME_LENGTH) {
      throw new StarError('ERR_TOO_LARGE', `text of a stream has at most ${MAX_TEXT_FRAME_LENGTH} characters`)
    }
    return other
  }
}
