import { StarError } from '@socket-star/protocol'
import type { StreamEnd } from '@socket-star/pull-stream'

/** The place of one stream among a peer's open streams. */
export interface StreamSlot {
  /** Ends both halves of the stream when it is aborted. */
  readonly signal: AbortSignal
  /** To be called once for each half that ended. */
  readonly onEnd: (end: StreamEnd) => void
  /** Ends what there is of the stream and gives the place back. */
  abort(error: StarError): void
}

/** Both directions of a stream. */
const HALVES = 2

/** The streams that a peer has open, at most as many as it may (DIAL-10). */
export class OpenStreams {
  readonly #limit: number
  readonly #slots = new Map<string, StreamSlot>()

  constructor(limit: number) {
    this.#limit = limit
  }

  get size(): number {
    return this.#slots.size
  }

  /**
   * Takes a place for a stream.
   *
   * @throws StarError ERR_QUOTA when there is none left, ERR_DIAL_ID_IN_USE when `id` has one
   */
  open(id: string): StreamSlot {
    if (this.#slots.has(id)) throw new StarError('ERR_DIAL_ID_IN_USE')
    if (this.#slots.size >= this.#limit) {
      throw new StarError('ERR_QUOTA', `this peer has ${this.#limit} streams open, the most it may have`)
    }
    const controller = new AbortController()
    let open = HALVES
    const free = (): void => {
      if (this.#slots.get(id) === slot) this.#slots.delete(id)
    }
    const slot: StreamSlot = {
      signal: controller.signal,
      onEnd: () => {
        open -= 1
        if (open === 0) free()
      },
      abort: (error) => {
        free()
        controller.abort(error)
      },
    }
    this.#slots.set(id, slot)
    return slot
  }

  /** Ends every stream. */
  abortAll(error: StarError): void {
    for (const slot of [...this.#slots.values()]) slot.abort(error)
  }
}
