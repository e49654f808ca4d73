import type { SocketLike } from '@socket-star/protocol'
import { hasMethod, inside } from './insides.ts'
import { LIFE_POLL_MS, LIFE_SIGN_EVERY_MS } from './limits.ts'
import { unsentBytes } from './pressure/buffered.ts'
import { type Engine, engineOf } from './pressure/engine.ts'
import { takenBytes } from './pressure/taken.ts'
import type { Timers } from './timers.ts'

interface Watch {
  users: number
  readonly stop: () => void
}

const watches = new WeakMap<Engine, Watch>()

/**
 * Lets bytes that move on a connection count as its heartbeat (PS-35), until
 * the returned function is called by everyone who asked for it. Engine.IO
 * counts pings and pongs alone, and those wait behind the data of a slow stream
 * for longer than its timeout.
 */
export function countBytesAsLife(socket: SocketLike, timers: Timers): () => void {
  const engine = engineOf(socket)
  if (engine === undefined) return () => {}
  const watch = watches.get(engine) ?? { users: 0, stop: install(engine, timers) }
  watches.set(engine, watch)
  watch.users++
  let released = false
  return () => {
    if (released) return
    released = true
    watch.users--
    if (watch.users > 0) return
    watch.stop()
    watches.delete(engine)
  }
}

function install(engine: Engine, timers: Timers): () => void {
  let signedAtMs = Number.NEGATIVE_INFINITY
  let cancelPoll = () => {}
  const sign = () => {
    if (timers.now() - signedAtMs < LIFE_SIGN_EVERY_MS) return
    signedAtMs = timers.now()
    extendTimeout(engine)
  }
  // what arrives is seen as it comes; what leaves is looked at while a pong is awaited
  const onPacketCreate = (packet?: unknown) => {
    if (inside(packet).type === 'ping') pollUntilPong()
  }
  const pollUntilPong = () => {
    const taken = takenBytes(engine)
    // The system takes some megabytes for a client that is gone. Only what had to wait for room tells of one.
    const waited = unsentBytes(engine) > 0
    cancelPoll()
    cancelPoll = timers.after(LIFE_POLL_MS, () => {
      if (!awaitsPong(engine)) return
      if (waited && takenBytes(engine) !== taken) sign()
      pollUntilPong()
    })
  }
  engine.on('packet', sign)
  engine.on('packetCreate', onPacketCreate)
  // a ping may be on its way already
  if (awaitsPong(engine)) pollUntilPong()
  return () => {
    cancelPoll()
    engine.off('packet', sign)
    engine.off('packetCreate', onPacketCreate)
  }
}

/** True on a server of Engine.IO 4 between its ping and the client's pong. */
function awaitsPong(engine: Engine): boolean {
  const { protocol, pingTimeoutTimer } = inside(engine)
  return protocol === 4 && hasMethod(pingTimeoutTimer, 'refresh')
}

/**
 * Sets the timeout anew, if one is running. Clients in browsers have a timer
 * without `refresh`; a server's method of the same name would start one.
 */
function extendTimeout(engine: Engine): void {
  const { readyState, pingTimeoutTimer, protocol, server } = inside(engine)
  if (readyState !== 'open') return
  // A client of Engine.IO 3 asks, and its question waits behind its data: the answer comes before it.
  if (protocol === 3 && server !== undefined && hasMethod(engine, 'sendPacket')) engine.sendPacket('pong')
  if (hasMethod(pingTimeoutTimer, 'refresh')) pingTimeoutTimer.refresh()
  else if (server !== undefined) return
  else if (hasMethod(engine, '_resetPingTimeout')) engine._resetPingTimeout()
  else if (hasMethod(engine, 'resetPingTimeout')) engine.resetPingTimeout()
}
