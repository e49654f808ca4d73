import { nowMs } from '../clock.ts'
import type { Told } from './bare-list.ts'
import { randomPeerId } from './peer-id.ts'
import type { Ears, SwarmPeer } from './swarm.ts'

/** A peer's connection to a server with a `BareList`. */
export interface BareLine {
  /** Joins an address, which leaves the one before, and waits until the server has heard of it. */
  join(address: string): Promise<void>
  disconnect(): void
}

/** Opens such a connection. */
export type ConnectBare = (url: string, onTold: (told: Told) => void) => Promise<BareLine>

/** Connects, and joins a random address. */
export async function joinBareList(connect: ConnectBare, url: string, ears: Ears): Promise<SwarmPeer> {
  const peers = new Set<string>()
  let current = ears
  const line = await connect(url, ({ add, drop }) => {
    current.event()
    for (const peer of drop) {
      peers.delete(peer)
      current.gone(peer)
    }
    for (const peer of add) {
      peers.add(peer)
      current.there(peer)
    }
  })
  const join = async (next: Ears): Promise<SwarmPeer> => {
    const address = randomPeerId()
    current = next
    for (const peer of peers) next.there(peer)
    const askedAtMs = nowMs()
    await line.join(address)
    return {
      address,
      askedAtMs,
      again: join,
      disconnect: () => line.disconnect(),
    }
  }
  return join(ears)
}
