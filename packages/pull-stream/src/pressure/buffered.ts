import { inside, numberOr0 } from '../insides.ts'
import { type Engine, handedOver } from './engine.ts'
import { bufferedIn, unsentIn, webSocketOf } from './web-socket.ts'

/** What one waiting packet costs beside its payload. */
const PACKET_OVERHEAD_BYTES = 128

interface Cursor {
  buffer: readonly unknown[]
  first: unknown
  next: number
  bytes: number
}

const cursors = new WeakMap<Engine, Cursor>()

/**
 * Bytes in Engine.IO's write buffer. Only packets that came since the last
 * call are looked at: the buffer grows at its end and is replaced, or loses
 * its front, when the transport takes it.
 */
function queuedBytes(engine: Engine): number {
  const buffer = engine.writeBuffer
  const start = handedOver(engine)
  const first = buffer[start]
  if (first === undefined) return 0
  let cursor = cursors.get(engine)
  if (cursor === undefined || cursor.buffer !== buffer || cursor.first !== first) {
    cursor = { buffer, first, next: start, bytes: 0 }
    cursors.set(engine, cursor)
  }
  for (; cursor.next < buffer.length; cursor.next++) cursor.bytes += sizeOf(buffer[cursor.next])
  return cursor.bytes
}

function sizeOf(packet: unknown): number {
  const { data } = inside(packet)
  if (typeof data === 'string') return data.length + PACKET_OVERHEAD_BYTES
  const { byteLength, size } = inside(data)
  return numberOr0(byteLength ?? size) + PACKET_OVERHEAD_BYTES
}

/** Bytes that this process holds because the connection has not sent them yet; 0 where there is none. */
export function bufferedBytes(engine: Engine | undefined): number {
  return engine ? queuedBytes(engine) + bufferedIn(webSocketOf(engine)) : 0
}

/** The same, less what the system took of the write that is under way. */
export function unsentBytes(engine: Engine | undefined): number {
  return engine ? queuedBytes(engine) + unsentIn(webSocketOf(engine)) : 0
}
