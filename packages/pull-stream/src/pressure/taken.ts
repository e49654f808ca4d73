import { inside, numberOr0 } from '../insides.ts'
import { bufferedBytes } from './buffered.ts'
import { type Engine, webSocketOf } from './engine.ts'

/**
 * What waits, less what the system took of the write that is under way. Node
 * frees and reports a write only as a whole, which may be megabytes; a slow
 * reader's progress shows here first.
 */
export function unsentBytes(engine: Engine): number {
  const connection = inside(inside(webSocketOf(engine))._socket)
  const waiting = inside(connection._handle).writeQueueSize
  const writing = numberOr0(inside(connection._writableState).writelen)
  const taken = typeof waiting === 'number' ? Math.max(0, writing - waiting) : 0
  return bufferedBytes(engine) - taken
}

interface Looks {
  lastBytes: number
  takenBytes: number
}

const looks = new WeakMap<Engine, Looks>()

/** Bytes that the system has taken from the connection, counted from any fixed point. */
export function takenBytes(engine: Engine): number {
  const connection = inside(inside(webSocketOf(engine))._socket)
  const { bytesWritten: written, writeQueueSize: waiting } = inside(connection._handle)
  if (typeof written === 'number' && typeof waiting === 'number') return written - waiting
  return takenBetweenLooks(engine)
}

function takenBetweenLooks(engine: Engine): number {
  const bytes = bufferedBytes(engine)
  const look = looks.get(engine) ?? { lastBytes: bytes, takenBytes: 0 }
  looks.set(engine, look)
  look.takenBytes += Math.max(0, look.lastBytes - bytes)
  look.lastBytes = bytes
  return look.takenBytes
}
