import type { EventEmitter } from 'node:events'

/** What a server holds, after a collection: its heap in bytes, and listeners on all its sockets. */
export interface Figures {
  readonly heapBytes: number
  readonly listeners: number
}

type Emitter = Pick<EventEmitter, 'eventNames' | 'listenerCount'>
interface ServerSocket extends Emitter {
  readonly conn: Emitter & { readonly transport: Emitter }
}

/** Collects garbage (`--expose-gc`), then takes the figures. */
export function figures(sockets: Iterable<ServerSocket>): Figures {
  if (globalThis.gc === undefined) throw new Error('start this role with --expose-gc')
  globalThis.gc()
  let listeners = 0
  for (const socket of sockets) {
    for (const emitter of [socket, socket.conn, socket.conn.transport]) listeners += countListeners(emitter)
  }
  globalThis.gc()
  return { heapBytes: process.memoryUsage().heapUsed, listeners }
}

function countListeners(emitter: Emitter): number {
  return emitter.eventNames().reduce((sum, name) => sum + emitter.listenerCount(name), 0)
}
