import type { SocketLike } from '@socket-star/protocol'

interface Watch {
  readonly callbacks: Set<() => void>
  readonly listener: () => void
}

const watches = new WeakMap<SocketLike, Watch>()

/**
 * Calls back when the socket disconnects; the returned function stops that.
 * All streams of a socket share one listener, installed with the first and
 * removed with the last of them.
 */
export function onDisconnect(socket: SocketLike, callback: () => void): () => void {
  const watch = watches.get(socket) ?? install(socket)
  watch.callbacks.add(callback)
  return () => {
    if (!watch.callbacks.delete(callback) || watch.callbacks.size > 0) return
    socket.off('disconnect', watch.listener)
    watches.delete(socket)
  }
}

function install(socket: SocketLike): Watch {
  const callbacks = new Set<() => void>()
  const listener = () => {
    for (const callback of [...callbacks]) callback()
  }
  const watch = { callbacks, listener }
  watches.set(socket, watch)
  socket.on('disconnect', listener)
  return watch
}
