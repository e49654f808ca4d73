import type { SocketLike } from '@socket-star/protocol'
import { inside, numberOr0 } from '../insides.ts'

/** An Engine.IO socket, of a server or a client, as far as this package looks into it. */
export interface Engine {
  /** Packets that the transport has not been given yet. */
  readonly writeBuffer: readonly unknown[]
  on(event: string, listener: (packet?: unknown) => void): unknown
  off(event: string, listener: (packet?: unknown) => void): unknown
}

/** The connection below a socket: `conn` on a server, `io.engine` on a client; undefined while there is none. */
export function engineOf(socket: SocketLike): Engine | undefined {
  const engine = inside(socket).conn ?? inside(inside(socket).io).engine
  return isEngine(engine) ? engine : undefined
}

function isEngine(engine: unknown): engine is Engine {
  const { writeBuffer, on, off } = inside(engine)
  return Array.isArray(writeBuffer) && typeof on === 'function' && typeof off === 'function'
}

/**
 * How many packets at the front of a client's `writeBuffer` its WebSocket has
 * already: they stay there until the next turn. On long-polling they are
 * still on their way, and a server takes them out at once.
 */
export function handedOver(engine: Engine): number {
  const { transport, _prevBufferLen, prevBufferLen } = inside(engine)
  return inside(transport).name === 'websocket' ? numberOr0(_prevBufferLen ?? prevBufferLen) : 0
}
