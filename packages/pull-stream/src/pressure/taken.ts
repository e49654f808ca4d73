import { inside } from '../insides.ts'
import { bufferedBytes } from './buffered.ts'
import type { Engine } from './engine.ts'
import { webSocketOf } from './web-socket.ts'

interface Looks {
  lastBytes: number
  takenBytes: number
}

const looks = new WeakMap<Engine, Looks>()

/** Bytes that the system has taken from the connection, counted from any fixed point; 0 where there is none. */
export function takenBytes(engine: Engine | undefined): number {
  const connection = inside(inside(webSocketOf(engine))._socket)
  const { bytesWritten: written, writeQueueSize: waiting } = inside(connection._handle)
  if (typeof written === 'number' && typeof waiting === 'number') return written - waiting
  return engine ? takenBetweenLooks(engine) : 0
}

function takenBetweenLooks(engine: Engine): number {
  const bytes = bufferedBytes(engine)
  const look = looks.get(engine) ?? { lastBytes: bytes, takenBytes: 0 }
  looks.set(engine, look)
  look.takenBytes += Math.max(0, look.lastBytes - bytes)
  look.lastBytes = bytes
  return look.takenBytes
}
