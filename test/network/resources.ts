import type { Socket } from 'socket.io-client'

/** What keeps the process alive, by kind: sockets, servers, timers. */
export function resources(): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const kind of process.getActiveResourcesInfo().toSorted()) counts[kind] = (counts[kind] ?? 0) + 1
  return counts
}

interface Emitting {
  readonly _callbacks?: Readonly<Record<string, readonly unknown[]>>
}

/** How many listeners a client socket and its manager have, by event. */
export function listenersOf(socket: Socket): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const [name, emitter] of [
    ['socket', socket],
    ['manager', socket.io],
    ['engine', socket.io.engine],
  ] as const) {
    for (const [event, listeners] of Object.entries((emitter as unknown as Emitting)._callbacks ?? {})) {
      counts[`${name} ${event}`] = listeners.length
    }
  }
  return counts
}
