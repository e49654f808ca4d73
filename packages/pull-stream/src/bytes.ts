/** Below this size a frame is worth copying out of the buffer that it was received in. */
const COMPACT_BELOW_BYTES = 16 * 1024
/** A frame is copied when it keeps alive this many times its own size. */
const COMPACT_RATIO = 4

/** What arrived as binary, without a copy; undefined for anything else. */
export function toBytes(value: unknown): Uint8Array | undefined {
  if (value instanceof Uint8Array) return value
  if (value instanceof ArrayBuffer) return new Uint8Array(value)
  if (ArrayBuffer.isView(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
  return undefined
}

/**
 * Bytes in the form that every Socket.IO parser takes for binary: a `Buffer`
 * in Node (socket.io-client 2 knows nothing else there), an `ArrayBuffer`
 * elsewhere.
 */
export function toWire(bytes: Uint8Array): Uint8Array | ArrayBufferLike {
  if (typeof Buffer !== 'undefined') {
    return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }
  const whole = bytes.byteLength === bytes.buffer.byteLength && bytes.buffer instanceof ArrayBuffer
  return whole ? bytes.buffer : new Uint8Array(bytes).buffer
}

/**
 * A small frame is a window on the 64 KiB that were read from the network
 * with it. Whoever keeps it for a while keeps all of that, and one byte would
 * be counted as one byte: copy it first.
 */
export function compact(bytes: Uint8Array): Uint8Array {
  const { byteLength } = bytes
  if (byteLength >= COMPACT_BELOW_BYTES || bytes.buffer.byteLength < byteLength * COMPACT_RATIO) return bytes
  const copy = new Uint8Array(byteLength)
  copy.set(bytes)
  return typeof Buffer !== 'undefined' && Buffer.isBuffer(bytes) ? Buffer.from(copy.buffer) : copy
}

/** The size of what a frame carries: bytes, or UTF-16 units of text. Undefined when it is neither. */
export function frameSize(value: unknown): number | undefined {
  if (typeof value === 'string') return value.length
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return value.byteLength
  return undefined
}
