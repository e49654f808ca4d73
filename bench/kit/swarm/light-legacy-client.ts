/**
 * Stands in for the legacy client where there are too many of those for two
 * cores; the benchmark measures both at a size at which both fit, side by side.
 */
import { nowMs } from '../clock.ts'
import { LightSocket } from './light-socket.ts'
import { randomPeerId } from './peer-id.ts'
import type { Ears, SwarmPeer } from './swarm.ts'

const PEER_EVENT = '["ws-peer","'
const PEER_EVENT_END = '"]'

/** Connects, and joins a random address with the challenge off. */
export async function joinLightLegacyClient(url: string, ears: Ears): Promise<SwarmPeer> {
  let current = ears
  const socket = new LightSocket(url, 3, (json) => {
    if (!json.startsWith(PEER_EVENT)) return
    current.event()
    current.there(json.slice(PEER_EVENT.length, -PEER_EVENT_END.length))
  })
  await socket.connected
  const { hostname, port } = new URL(url)
  const join = async (next: Ears): Promise<SwarmPeer> => {
    const address = `/ip4/${hostname}/tcp/${port}/ws/p2p-websocket-star/ipfs/${randomPeerId()}`
    current = next
    const askedAtMs = nowMs()
    const [, peers] = (await socket.ask('ss-join', address, '')) as [nonce?: unknown, peers?: string[]]
    for (const peer of peers ?? []) next.there(peer)
    return {
      address,
      askedAtMs,
      again(ears) {
        socket.emit('ss-leave', address)
        return join(ears)
      },
      disconnect: () => socket.disconnect(),
    }
  }
  return join(ears)
}
