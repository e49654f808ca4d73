/**
 * What travels in a stream between two pages: frames of a length (4 bytes,
 * big-endian), a kind (1 byte) and a body, which is either a small JSON object
 * or a piece of a file. A stream is bytes: where one piece ends and the next
 * begins may change on the way, so each frame says how long it is.
 */
export type Frame = { readonly note: Note } | { readonly bytes: Uint8Array }

/** A small message; `type` says which. What arrives is checked where it is read. */
export type Note = { readonly type: string } & Readonly<Record<string, unknown>>

/** Larger frames are a mistake or an attack. */
const MAX_BODY_BYTES = 256 * 1024
const HEADER_BYTES = 5
const NOTE = 0
const BYTES = 1

export function noteFrame(note: Note): Uint8Array {
  return frame(NOTE, new TextEncoder().encode(JSON.stringify(note)))
}

export function bytesFrame(bytes: Uint8Array): Uint8Array {
  return frame(BYTES, bytes)
}

function frame(kind: number, body: Uint8Array): Uint8Array {
  const whole = new Uint8Array(HEADER_BYTES + body.length)
  new DataView(whole.buffer).setUint32(0, body.length)
  whole[4] = kind
  whole.set(body, HEADER_BYTES)
  return whole
}

/** Reads frames off a stream. Throws on anything that is not one. */
export async function* readFrames(source: AsyncIterable<Uint8Array>): AsyncGenerator<Frame> {
  const rest = new Rest()
  for await (const piece of source) {
    rest.add(piece)
    for (;;) {
      const { bytes } = rest
      if (bytes.length < HEADER_BYTES) break
      const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0)
      if (length > MAX_BODY_BYTES) throw new Error('a frame is too large')
      if (bytes.length < HEADER_BYTES + length) break
      const body = bytes.slice(HEADER_BYTES, HEADER_BYTES + length)
      rest.drop(HEADER_BYTES + length)
      yield bytes[4] === BYTES ? { bytes: body } : { note: readNote(body) }
    }
  }
}

/**
 * What has arrived and was not read, in a buffer with room for more: however
 * small the pieces are, each is copied a few times at most.
 */
class Rest {
  #buffer = new Uint8Array(0)
  #start = 0
  #end = 0

  get bytes(): Uint8Array {
    return this.#buffer.subarray(this.#start, this.#end)
  }

  add(piece: Uint8Array): void {
    const length = this.#end - this.#start + piece.length
    if (this.#end + piece.length > this.#buffer.length) {
      const larger = new Uint8Array(length * 2)
      larger.set(this.bytes)
      this.#buffer = larger
      this.#start = 0
      this.#end = length - piece.length
    }
    this.#buffer.set(piece, this.#end)
    this.#end += piece.length
  }

  drop(count: number): void {
    this.#start += count
  }
}

function readNote(body: Uint8Array): Note {
  const value: unknown = JSON.parse(new TextDecoder().decode(body))
  if (typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string') {
    return value as Note
  }
  throw new Error('a frame is not a note')
}
