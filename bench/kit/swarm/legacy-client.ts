import { nowMs } from '../clock.ts'
import { joinLegacy } from '../legacy.ts'
import type { Ears, SwarmPeer } from './swarm.ts'

/** The legacy client itself. */
export async function joinLegacyClient(url: string, ears: Ears): Promise<SwarmPeer> {
  let joined = false
  const askedAtMs = nowMs()
  const peer = await joinLegacy(url, {
    onPeer(address) {
      // what the answer to the join brought is no event
      if (joined) ears.event()
      ears.there(address)
    },
  })
  joined = true
  return {
    address: peer.address,
    askedAtMs,
    // the legacy client cannot leave and stay connected
    again: (next) => {
      peer.leave()
      return joinLegacyClient(url, next)
    },
    disconnect: peer.leave,
  }
}
