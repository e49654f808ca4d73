import type { Socket } from 'socket.io-client'
import { atTheTurn } from './until.ts'

/** What keeps the process alive, by kind: sockets, servers, timers. */
export function resources(): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const kind of process.getActiveResourcesInfo().toSorted()) counts[kind] = (counts[kind] ?? 0) + 1
  return counts
}

/** How long it is looked what comes and goes, in milliseconds: several of the quickest cycles. */
const LOOK_MS = 100

/** The {@link resources} at rest: the fewest of a while. A cycle, or a socket that closes, has more for a moment. */
export async function resourcesAtRest(): Promise<Record<string, number>> {
  let fewest = resources()
  await atTheTurn(() => {
    const now = resources()
    if (total(now) < total(fewest)) fewest = now
    return false
  }, LOOK_MS)
  return fewest
}

function total(counts: Record<string, number>): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0)
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
