import { type SocketLike, StarError } from '@socket-star/protocol'

const claimed = new WeakMap<SocketLike, Set<string>>()

/**
 * Claims a stream id on both sockets of a relay; the returned function gives
 * it back. Two live relays with one id on a socket would hear each other's
 * frames (PS-41). Throws `ERR_DIAL_ID_IN_USE`.
 */
export function claimStreamId(id: string, sockets: readonly SocketLike[]): () => void {
  const sets = new Set(sockets.map(idsOf))
  for (const ids of sets) if (ids.has(id)) throw new StarError('ERR_DIAL_ID_IN_USE')
  for (const ids of sets) ids.add(id)
  return () => {
    for (const ids of sets) ids.delete(id)
  }
}

function idsOf(socket: SocketLike): Set<string> {
  const ids = claimed.get(socket) ?? new Set()
  claimed.set(socket, ids)
  return ids
}
