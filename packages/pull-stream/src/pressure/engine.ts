import type { SocketLike } from '@socket-star/protocol'
import { field, hasMethod, numberField } from '../fields.ts'

/** An Engine.IO socket, of a server or a client, as far as this package looks into it. */
export interface Engine {
  /** Packets that the transport has not been given yet. */
  readonly writeBuffer: readonly unknown[]
  on(event: string, listener: () => void): unknown
  off(event: string, listener: () => void): unknown
}

/** The connection below a socket: `conn` on a server, `io.engine` on a client; undefined while there is none. */
export function engineOf(socket: SocketLike): Engine | undefined {
  const engine = field(socket, 'conn') ?? field(field(socket, 'io'), 'engine')
  return isEngine(engine) ? engine : undefined
}

function isEngine(engine: unknown): engine is Engine {
  return Array.isArray(field(engine, 'writeBuffer')) && hasMethod(engine, 'on') && hasMethod(engine, 'off')
}

/** The WebSocket below a connection; undefined on long-polling. */
export function webSocketOf(engine: Engine): object | undefined {
  const transport = field(engine, 'transport')
  if (field(transport, 'name') !== 'websocket') return undefined
  const socket = field(transport, 'ws') ?? field(transport, 'socket')
  return typeof socket === 'object' && socket !== null ? socket : undefined
}

/**
 * How many packets at the front of a client's `writeBuffer` its WebSocket has
 * already: they stay there until the next turn. On long-polling they are
 * still on their way, and a server takes them out at once.
 */
export function handedOver(engine: Engine): number {
  if (field(field(engine, 'transport'), 'name') !== 'websocket') return 0
  return numberField(engine, '_prevBufferLen') || numberField(engine, 'prevBufferLen')
}
