import { setTimeout as delay } from 'node:timers/promises'
import type { Socket as ServerSocket } from 'socket.io'
import type { Socket as ClientSocket } from 'socket.io-client'
import { MESSAGE } from '../benches/messages.ts'
import type { Emitter } from './emitting.ts'

/** How much may wait in a socket before its application pauses, in bytes and in packets of Engine.IO. */
const HIGH_WATER_BYTES = 262_144
const HIGH_WATER_PACKETS = 2_000
const POLL_MS = 1

interface Engine {
  readonly writeBuffer: { readonly length: number }
  readonly transport: unknown
}

interface WebSocketLike {
  readonly bufferedAmount: number
}

/** Emits as a careful application does: plain Socket.IO has no back-pressure, so it looks at the buffers below. */
export function plainEmitter(socket: ServerSocket | ClientSocket): Emitter {
  const engine = engineOf(socket)
  return {
    emit: () => socket.emit('news', MESSAGE),
    full: () => (isFull(engine) ? untilDrained(engine) : undefined),
  }
}

/** Emits with an acknowledgement for each message, at most so many without one. */
export function acknowledgedEmitter(socket: ServerSocket | ClientSocket, inFlight: number): Emitter {
  let outstanding = 0
  let wake = () => {}
  return {
    emit() {
      outstanding++
      socket.emitWithAck('news', MESSAGE).then(() => {
        outstanding--
        wake()
      })
    },
    full: () =>
      outstanding < inFlight
        ? undefined
        : new Promise<void>((resolve) => {
            wake = resolve
          }),
  }
}

function engineOf(socket: ServerSocket | ClientSocket): Engine {
  return ('conn' in socket ? socket.conn : socket.io.engine) as Engine
}

/** Looks again and again: Engine.IO's `drain` only says that the WebSocket took the packets over. */
async function untilDrained(engine: Engine): Promise<void> {
  while (isFull(engine)) await delay(POLL_MS)
}

function isFull({ writeBuffer, transport }: Engine): boolean {
  if (writeBuffer.length > HIGH_WATER_PACKETS) return true
  const { ws, socket } = transport as { ws?: WebSocketLike; socket?: WebSocketLike }
  return ((ws ?? socket)?.bufferedAmount ?? 0) > HIGH_WATER_BYTES
}
