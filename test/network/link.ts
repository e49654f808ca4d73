import type { Socket } from 'node:net'

/** How a direction of a connection behaves. Every field may change while bytes are under way. */
export interface Weather {
  /** Time that each byte takes, in milliseconds. */
  delayMs: number
  /** Bytes a second; what is faster waits. */
  bytesPerSecond: number
  /** Bytes that come are taken, and lost: the sender notices nothing. */
  swallows: boolean
  /** Bytes that come wait until they are let go. */
  holds: boolean
}

export const FAIR: Readonly<Weather> = {
  delayMs: 0,
  bytesPerSecond: Number.POSITIVE_INFINITY,
  swallows: false,
  holds: false,
}

/** A slow link moves bytes in pieces of this size, as a network does. */
const PIECE_BYTES = 4_096
/** What a link holds before its sender has to wait, as the buffers of a network do. */
const CAPACITY_BYTES = 65_536

interface Piece {
  at: number
  /** Undefined: the end, which comes behind everything that was sent. */
  readonly bytes: Uint8Array | undefined
}

/** One direction of a connection through a {@link TestProxy}: from one socket to the other, in order. */
export class Link {
  readonly weather: Weather
  readonly #from: Socket
  readonly #to: Socket
  readonly #pieces: Piece[] = []
  #held = 0
  #freeAt = 0
  #timer: NodeJS.Timeout | undefined
  #closed = false

  constructor(from: Socket, to: Socket, weather: Weather) {
    this.weather = weather
    this.#from = from
    this.#to = to
    from.on('data', (bytes) => this.#take(bytes))
  }

  /** Bytes that left one side and have not reached the other. */
  get bytesInFlight(): number {
    return this.#held
  }

  /** Holds nothing any more, and lets go what it held. */
  release(): void {
    this.weather.holds = false
    for (const piece of this.#pieces) piece.at = 0
    this.#deliver()
  }

  /** The side that it comes from is closed: so is the other one, once it has what was sent before. That can be lost, too. */
  end(): void {
    if (this.#closed || this.weather.swallows) return
    if (this.#pieces.length === 0) this.#hand(undefined)
    else {
      this.#pieces.push({ at: this.#pieces.at(-1)?.at ?? 0, bytes: undefined })
      this.#arm()
    }
  }

  close(): void {
    this.#closed = true
    clearTimeout(this.#timer)
    this.#pieces.length = 0
  }

  #take(bytes: Uint8Array): void {
    const { delayMs, bytesPerSecond, swallows, holds } = this.weather
    if (swallows || this.#closed) return
    const limited = bytesPerSecond !== Number.POSITIVE_INFINITY
    if (delayMs === 0 && !limited && !holds && this.#pieces.length === 0) {
      this.#hand(bytes)
      return
    }
    const size = limited ? PIECE_BYTES : bytes.length
    for (let start = 0; start < bytes.length; start += size) {
      const piece = bytes.subarray(start, start + size)
      this.#freeAt = Math.max(this.#freeAt, performance.now()) + (1_000 * piece.length) / bytesPerSecond
      this.#pieces.push({ at: holds ? Number.POSITIVE_INFINITY : this.#freeAt + delayMs, bytes: piece })
      this.#held += piece.length
    }
    if (limited && this.#held > CAPACITY_BYTES) this.#from.pause()
    this.#arm()
  }

  #arm(): void {
    const [first] = this.#pieces
    if (first === undefined || first.at === Number.POSITIVE_INFINITY || this.#timer !== undefined) return
    this.#timer = setTimeout(
      () => {
        this.#timer = undefined
        this.#deliver()
      },
      Math.max(0, first.at - performance.now()),
    )
  }

  #deliver(): void {
    const now = performance.now()
    for (let piece = this.#pieces[0]; piece !== undefined && piece.at <= now; piece = this.#pieces[0]) {
      this.#pieces.shift()
      this.#held -= piece.bytes?.length ?? 0
      if (!this.weather.swallows) this.#hand(piece.bytes)
    }
    if (this.#held <= CAPACITY_BYTES) this.#from.resume()
    this.#arm()
  }

  #hand(bytes: Uint8Array | undefined): void {
    if (bytes !== undefined) this.#to.write(bytes)
    else this.#to.destroySoon()
  }
}
