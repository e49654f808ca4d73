import type { Connection } from '../socket-types.ts'

interface Watch {
  readonly callbacks: Set<() => void>
  readonly listener: () => void
}

const watches = new WeakMap<Connection, Watch>()

/**
 * Calls back with each heartbeat of Engine.IO's on a connection, until the
 * returned function is called. All sockets of a connection share one listener:
 * a client may have many on it, and Node warns of more than ten.
 */
export function onHeartbeat(connection: Connection, callback: () => void): () => void {
  const { callbacks, listener } = watches.get(connection) ?? listen(connection)
  callbacks.add(callback)
  return () => {
    if (!callbacks.delete(callback) || callbacks.size > 0) return
    connection.off('heartbeat', listener)
    watches.delete(connection)
  }
}

function listen(connection: Connection): Watch {
  const callbacks = new Set<() => void>()
  const listener = (): void => {
    for (const callback of callbacks) callback()
  }
  const watch = { callbacks, listener }
  connection.on('heartbeat', listener)
  watches.set(connection, watch)
  return watch
}
