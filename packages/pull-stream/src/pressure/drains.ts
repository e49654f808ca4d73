import { hasMethod, inside } from '../insides.ts'
import type { Engine } from './engine.ts'
import { webSocketOf } from './web-socket.ts'

interface Watch {
  readonly callbacks: Set<() => void>
  readonly stop: () => void
}

const watches = new WeakMap<Engine, Watch>()

/**
 * Calls back each time the connection may have sent something. All who wait
 * share one listener on each of the events. In a browser nothing tells that
 * `bufferedAmount` fell: whoever waits there has to look at a timer as well.
 */
export function onDrain(engine: Engine | undefined, callback: () => void): () => void {
  if (!engine) return () => {}
  const watch = watches.get(engine) ?? install(engine)
  watch.callbacks.add(callback)
  return () => {
    if (!watch.callbacks.delete(callback) || watch.callbacks.size > 0) return
    watch.stop()
    watches.delete(engine)
  }
}

function install(engine: Engine): Watch {
  const callbacks = new Set<() => void>()
  const wake = () => {
    for (const callback of [...callbacks]) callback()
  }
  const connection = inside(webSocketOf(engine))._socket
  engine.on('drain', wake)
  // Timers of a hidden page run once a second or less; what arrives wakes it up sooner.
  engine.on('packet', wake)
  const hasDrain = hasMethod(connection, 'on') && hasMethod(connection, 'off')
  if (hasDrain) connection.on('drain', wake)
  const stop = () => {
    engine.off('drain', wake)
    engine.off('packet', wake)
    if (hasDrain) connection.off('drain', wake)
  }
  const watch = { callbacks, stop }
  watches.set(engine, watch)
  return watch
}
